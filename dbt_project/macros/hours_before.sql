{# How many rows of a group began in each local hour: 24 columns. #}
{% macro hours_on_day() -%}
    {%- for hour in range(24) -%}
    count(*) filter (where local_hour = {{ hour }}) as hour_{{ hour }}{{ ',
        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Those columns of a group added up. #}
{% macro hours_of_group(rows) -%}
    {%- for hour in range(24) -%}
    cast(sum({{ rows }}.hour_{{ hour }}) as bigint) as hour_{{ hour }}{{ ',
        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The sums of those columns over a window, as a list. #}
{% macro hours_of_days(window) -%}
    [
        {%- for hour in range(24) %}
        coalesce(sum(hour_{{ hour }}) over {{ window }}, 0)::bigint{{ ',' if not loop.last }}
        {%- endfor %}
    ]
{%- endmacro %}

{# A list of such sums, with what a window holds of the day itself added. #}
{% macro hours_before(earlier_days, window) -%}
    [
        {%- for hour in range(24) %}
        {{ earlier_days }}[{{ hour + 1 }}] + count(*) filter (where local_hour = {{ hour }}) over {{ window }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    ]
{%- endmacro %}
