{# Whether a session, which has a row on a day, is one that an increment of its model brings anew. Where
   all is made anew that is every one, as in unit tests: to look each up would only take memory. #}
{% macro is_remade(day) -%}
    {#- Outside the condition, so that dbt knows of them when it parses. -#}
    {%- set days, sessions = ref('int_days__remade'), ref('int_sessions__changed') -%}
    {%- if execute and this and is_incremental() -%}
        {#- By day first, which goes down to where the rows are read. -#}
{{ day }} in (select remade.event_day from {{ days }} as remade)
and session_id in (select changed.session_id from {{ sessions }} as changed)
    {%- else -%}
true
    {%- endif -%}
{%- endmacro %}
