{# As far as rules about failed log-ins may look from a day on. #}
{% macro login_reach() -%}
interval '1 day' + interval '{{ var("login_burst_minutes") }} minutes'
+ interval '{{ var("success_after_minutes") }} minutes'
{%- endmacro %}
