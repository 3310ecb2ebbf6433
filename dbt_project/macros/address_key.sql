{# An address that valid_ip let through as 32 hexadecimal digits, so that order is the order of
   numbers. IPv4 lies where IPv6 puts it (::ffff:0:0/96): both are one line of numbers. #}
{% macro address_key(address) -%}
{%- set four = hex_octets("regexp_extract(" ~ address ~ ", '[0-9.]+$')") -%}
{%- set spelled -%}
if(
    contains({{ address }}, '.'),
    concat(regexp_extract({{ address }}, '^(.*:)[0-9.]+$', 1), {{ four }}[1:4], ':', {{ four }}[5:8]),
    {{ address }}
)
{%- endset -%}
{%- set before = hex_groups("split_part(" ~ spelled ~ ", '::', 1)") -%}
{%- set after = hex_groups("split_part(" ~ spelled ~ ", '::', 2)") -%}
case
    when {{ address }} like '%:%'
        then rpad({{ before }}, 32 - cast(length({{ after }}) as integer), '0') || {{ after }}
    else repeat('0', 20) || 'ffff' || {{ hex_octets(address) }}
end
{%- endmacro %}

{# `192.0.2.1` as c0000201. #}
{% macro hex_octets(four) -%}
array_to_string(
    list_transform(
        string_split({{ four }}, '.'),
        lambda octet: printf('%02x', try_cast(octet as integer))
    ), ''
)
{%- endmacro %}

{# `2001:db8` as 20010db8, and nothing as nothing. #}
{% macro hex_groups(groups) -%}
array_to_string(
    list_transform(
        list_filter(string_split({{ groups }}, ':'), lambda part: part <> ''),
        lambda part: lpad(part, 4, '0')
    ), ''
)
{%- endmacro %}
