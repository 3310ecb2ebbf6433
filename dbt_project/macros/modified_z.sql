{# Iglewicz and Hoaglin's score; a spread of nearly nothing would make any change enormous. #}
{% macro modified_z(value, median, mad, least_mad=0.1) -%}
    0.6745 * ({{ value }} - {{ median }}) / greatest({{ mad }}, {{ least_mad }})
{%- endmacro %}
