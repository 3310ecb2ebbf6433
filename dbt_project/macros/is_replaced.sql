{# Whether an increment brings the rows of a time or day, or with `before` needs those of so many days
   before; of every day where all is made anew. #}
{% macro is_replaced(column='event_day', before=0) -%}
    {#- Outside the condition, so that dbt knows of it when it parses. -#}
    {%- set replaced = ref('int_days__replaced') -%}
    {%- if not execute -%}
true
    {%- elif is_incremental() -%}
        {#- As constants beside the bare column, which go down to where the rows are read. -#}
        {%- set days = 'min(event_day) - ' ~ before ~ ', max(event_day) + 1' -%}
        {%- set since, until = run_query('select ' ~ days ~ ' from ' ~ replaced).rows[0].values() -%}
        {%- if since -%}
({{ column }} >= date '{{ since }}' and {{ column }} < date '{{ until }}')
        {%- else -%}
false
        {%- endif -%}
    {%- elif (config.get('meta') or {}).get('in_stretches') -%}
{{ is_in_stretch() }}
    {%- else -%}
true
    {%- endif -%}
{%- endmacro %}
