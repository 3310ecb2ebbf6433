{# What stands for the network of an address where nobody says more: a /24, or a /48 of IPv6. #}
{% macro neighbourhood(address, address_key) -%}
if(
            {{ address }} like '%:%',
            regexp_replace(left({{ address_key }}, 12), '(....)(....)(....)', '\1:\2:\3::/48'),
            regexp_extract({{ address }}, '^(\d+\.\d+\.\d+)\.', 1) || '.0/24'
        )
{%- endmacro %}
