{# All patterns of sensitive commands that any version of the policy had, in one; without any, what nothing matches. #}
{% macro sensitive_pattern() -%}
'{{ var("sensitive_pattern", "a^") | replace("'", "''") }}'
{%- endmacro %}
