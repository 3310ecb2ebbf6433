{# Whether an increment brings the rows of a day; of every day where all is made anew. #}
{% macro is_replaced(day='event_day') -%}
    {#- Outside the condition, so that dbt knows of it when it parses. -#}
    {%- set replaced = ref('int_days__replaced') -%}
    {%- if is_incremental() -%}
{{ day }} in (select replaced.event_day from {{ replaced }} as replaced)
    {%- elif (config.get('meta') or {}).get('in_stretches') -%}
{{ is_in_stretch() }}
    {%- else -%}
true
    {%- endif -%}
{%- endmacro %}
