{# A table that keeps its rows by day: an increment brings those of the replaced days anew. #}
{% macro kept_by_day() -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='event_day',
        on_schema_change='fail'
    ) }}
{%- endmacro %}
