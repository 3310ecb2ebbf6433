{# What the site's own files say of an address; nothing where there are none. #}
{% macro located_by_file(address) -%}
{%- if var('is_located_by_file', false) -%}
located_by_file({{ address }})
{%- else -%}
cast(null as struct(country varchar, latitude double, longitude double, asn bigint))
{%- endif -%}
{%- endmacro %}
