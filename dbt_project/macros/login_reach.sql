{# As far as a rule about failed log-ins may look from a day on. #}
{% macro login_reach() -%}
interval '1 day {{ var("login_burst_minutes") }} minutes {{ var("success_after_minutes") }} minutes'
{%- endmacro %}
