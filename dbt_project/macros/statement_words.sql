{# A statement without other people's data; what a setting of the log is set to is nobody's. #}
{% macro statement_words(expression) -%}
case
    when regexp_matches({{ expression }}, '(?i)^\W*(alter|set|reset)\b.*\bpgaudit\.log\b') then {{ expression }}
    else {{ without_literals(expression) }}
end
{%- endmacro %}
