{# How many rows a window holds, on how many days and since when, and a list of how many in each local hour. #}
{% macro hours_before(window) -%}
    count(*) over {{ window }} as {{ window }}_sessions,
    count(distinct local_day) over {{ window }} as {{ window }}_days,
    min(started_at) over {{ window }} as {{ window }}_since,
    [
        {%- for hour in range(24) %}
        count(*) filter (where local_hour = {{ hour }}) over {{ window }}{{ ',' if not loop.last }}
        {%- endfor %}
    ] as {{ window }}_hours
{%- endmacro %}
