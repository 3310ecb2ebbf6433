{# A time as the clock of a zone shows it, with the zone's distance from UTC: 2026-03-29T03:00:00+02:00. #}
{% macro local_time(moment, zone) -%}
    {%- set clock = 'timezone(' ~ zone ~ ", timezone('UTC', " ~ moment ~ '))' -%}
    {%- set minutes = "date_diff('minute', " ~ moment ~ ', ' ~ clock ~ ')' -%}
    strftime({{ clock }}, '%Y-%m-%dT%H:%M:%S') || case when {{ minutes }} < 0 then '-' else '+' end
    || printf('%02d:%02d', abs({{ minutes }}) // 60, abs({{ minutes }}) % 60)
{%- endmacro %}
