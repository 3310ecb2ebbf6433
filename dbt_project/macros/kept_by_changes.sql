{# A table of which an increment brings the rows of some sessions or days anew: those of a model that
   lists what changed, all where nothing is kept. #}
{% macro kept_by_changes(key, changes) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=key,
        on_schema_change='fail',
        meta={'replaced': changes}
    ) }}
{%- endmacro %}
