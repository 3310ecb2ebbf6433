{# A table in which a day's rows rest on that day and those before it: an increment makes them anew from
   the `first_day` of a model on. #}
{% macro kept_until(model) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='event_day',
        on_schema_change='fail',
        meta={'since': model}
    ) }}
{%- endmacro %}

{# Whether an increment makes a day's rows, or with `before` needs those of so many days before. #}
{% macro is_touched(day, before=0) -%}
    {#- Outside the condition, so that dbt knows of it when it parses. -#}
    {%- set touched = ref('int_sessions__touched') -%}
    {%- if execute and is_incremental() -%}
        {#- As a constant, which goes down to where the rows are read. -#}
        {%- set first_day = run_query('select first_day from ' ~ touched).rows[0][0] -%}
{{ day }} >= date '{{ first_day }}' - interval '{{ before }} days'
    {%- else -%}
true
    {%- endif -%}
{%- endmacro %}
