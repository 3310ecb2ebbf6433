{# True for a session in which somebody got in who is not known to be a program. #}
{% macro is_human_access(sessions) -%}
    coalesce({{ sessions }}.account_kind, 'unknown') <> 'service' and {{ is_access(sessions) }}
{%- endmacro %}
