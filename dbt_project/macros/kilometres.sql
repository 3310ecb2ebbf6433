{# The great-circle distance in kilometres of a row's place from another, a struct in it. #}
{% macro kilometres(other) -%}
12742 * asin(least(1, sqrt(
        pow(sin(radians({{ other }}['latitude'] - latitude) / 2), 2)
        + cos(radians(latitude)) * cos(radians({{ other }}['latitude']))
        * pow(sin(radians({{ other }}['longitude'] - longitude) / 2), 2)
    )))
{%- endmacro %}
