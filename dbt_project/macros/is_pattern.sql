{# True of a name that stands for every name that fits it. #}
{% macro is_pattern(name) -%}
    regexp_matches({{ name }}, '[*?\[]')
{%- endmacro %}
