{# As far back as a rule about failed log-ins may look. #}
{% macro login_reach() -%}
interval '{{ [var("login_burst_minutes"), var("success_after_minutes")] | max }} minutes'
{%- endmacro %}

{# From one day to the last on which something within that reach of it may lie. #}
{% macro login_days() -%}
(interval '1 day' + {{ login_reach() }})
{%- endmacro %}

{# The same of a spray. #}
{% macro spray_days() -%}
(interval '1 day' + interval '{{ var("spray_minutes") }} minutes')
{%- endmacro %}
