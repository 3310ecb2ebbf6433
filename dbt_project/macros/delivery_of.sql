{# When AWS delivered a CloudTrail log file, by the name that it wrote. #}
{% macro delivery_of(file_name) -%}
    try_strptime(
        regexp_extract({{ file_name }}, '_CloudTrail_[\w-]+_(\d{8}T\d{4})Z_[^/]*$', 1),
        '%Y%m%dT%H%M'
    )
{%- endmacro %}
