{# The wall clock of an IANA zone at a UTC instant, by the rules that hold at that instant. #}
{% macro wall_clock(moment, zone) -%}
    ({{ moment }} at time zone 'UTC') at time zone {{ zone }}
{%- endmacro %}

{# The UTC instant at which the wall clock of an IANA zone shows a local time. #}
{% macro utc_time(local, zone) -%}
    ({{ local }} at time zone {{ zone }}) at time zone 'UTC'
{%- endmacro %}
