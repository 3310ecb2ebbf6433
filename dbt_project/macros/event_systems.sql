{# The systems whose logs become events; each has a model int_<system>__events. #}
{% macro event_systems() -%}
{{ return(['aws_cloudtrail', 'generic', 'postgresql', 'sshd', 'teleport']) }}
{%- endmacro %}
