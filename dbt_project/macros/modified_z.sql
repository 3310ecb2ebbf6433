{# Iglewicz and Hoaglin's score; a spread of nearly nothing would make any change enormous. #}
{% macro modified_z(volume, baseline) -%}
    0.6745 * ({{ volume }} - {{ baseline }}.median_volume) / greatest({{ baseline }}.mad_volume, 0.1)
{%- endmacro %}
