{# How much an hour counts for another so many hours away: a bell around the clock that adds up to 1 over 24 hours. #}
{% macro von_mises(hours_apart) -%}
    {%- set kappa = var('hour_kappa') -%}
    exp({{ kappa }} * (cos(2 * pi() * ({{ hours_apart }}) / 24.0) - 1)) / (
        {%- for hour in range(24) %}
        exp({{ kappa }} * (cos(2 * pi() * {{ hour }} / 24.0) - 1)){{ ' +' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
