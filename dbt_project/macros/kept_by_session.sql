{# A table that keeps its rows by session: an increment brings those of the changed sessions anew. #}
{% macro kept_by_session() -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='session_id',
        on_schema_change='fail',
        meta={'replaced': 'int_sessions__changed'}
    ) }}
{%- endmacro %}
