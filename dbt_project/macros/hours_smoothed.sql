{# How usual the local hour of a row is among its hours: each counts for as much as a bell around the
   clock, that adds up to 1, has left so many hours away. The resultant of all hours as directions
   goes east and north: its length is 0 for no habit and 1 for a single hour.
   Rounded, for the last digits of a sum depend on the order of its terms. #}
{% macro hours_smoothed(rows) -%}
    {%- set kappa = var('hour_kappa') -%}
    {%- set kernel = [] -%}
    {%- for hour in range(24) -%}
        {%- do kernel.append('exp(' ~ kappa ~ ' * (cos(2 * pi() * ' ~ hour ~ ' / 24.0) - 1))') -%}
    {%- endfor -%}
    round(({% for hour in range(24) %}
    {{ rows }}.hours[{{ hour + 1 }}] * exp({{ kappa }} * (cos(2 * pi() * ({{ hour }} - {{ rows }}.local_hour) / 24.0) - 1)){{ ' +' if not loop.last }}
    {%- endfor %}) / ({{ kernel | join(' + ') }}) / nullif({{ rows }}.sessions, 0), 9) as density,
    {%- for direction, name in (('sin', 'east'), ('cos', 'north')) %}
    round(({% for hour in range(24) -%}
    {{ rows }}.hours[{{ hour + 1 }}] * {{ direction }}(2 * pi() * {{ hour }} / 24.0){{ ' + ' if not loop.last }}
    {%- endfor %}) / nullif({{ rows }}.sessions, 0), 9) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
