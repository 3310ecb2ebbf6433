{# Account and region of a CloudTrail log file, by the name that AWS wrote; null of other files. #}
{% macro trail_of(file_name) -%}
    nullif(
        regexp_extract({{ file_name }}, '(\d+_CloudTrail_[\w-]+)_\d{8}T\d{4}Z_', 1), ''
    )
{%- endmacro %}
