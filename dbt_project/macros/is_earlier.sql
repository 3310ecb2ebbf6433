{# What a session is compared with: the sessions before it by the same person or team. #}
{% macro is_earlier(sessions, sharing) -%}
    {{ sessions }}.{{ sharing }} = earlier.{{ sharing }}
    and {{ sessions }}.system = earlier.system
    and {{ sessions }}.is_incident = earlier.is_incident
    and {{ sessions }}.started_at > earlier.started_at
{%- endmacro %}
