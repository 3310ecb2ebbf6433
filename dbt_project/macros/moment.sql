{# A time as a reader wants it in a sentence. #}
{% macro moment(column) -%}
    strftime({{ column }}, '%Y-%m-%d %H:%M UTC')
{%- endmacro %}
