{# True for a session in which somebody got in: attempts that all failed are no access. #}
{% macro is_access(sessions) -%}
    (
        {{ sessions }}.success_count > 0
        or coalesce({{ sessions }}.failure_count, 0) = 0
        or {{ sessions }}.action_count > {{ sessions }}.failure_count
    )
{%- endmacro %}
