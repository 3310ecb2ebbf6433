{# Exact length of [started_at, ended_at) in seconds. #}
{% macro seconds_between(started_at, ended_at) -%}
    date_diff('microsecond', {{ started_at }}, {{ ended_at }}) / 1000000.0
{%- endmacro %}
