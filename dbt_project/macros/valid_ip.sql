{# The address inside a text that should be one: port and brackets go, anything that is no IPv4 or
   IPv6 address (a host name, `AWS Internal`, five digits in a group) becomes null, and an address
   of IPv4 that IPv6 wraps is one of IPv4. Never fails. #}
{% macro valid_ip(expression) -%}
{%- set octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' -%}
{%- set four = octet ~ '(?:\\.' ~ octet ~ '){3}' -%}
{%- set group = '[0-9a-fA-F]{1,4}' -%}
{%- set shapes = ['(?:' ~ group ~ ':){7}' ~ group] -%}
{%- for before in range(1, 8) -%}
{%- do shapes.append(
    '(?:' ~ group ~ ':){1,' ~ before ~ '}'
    ~ (':' if before == 7 else '(?::' ~ group ~ '){1,' ~ (7 - before) ~ '}')
) -%}
{%- endfor -%}
{%- do shapes.extend([
    '(?:' ~ group ~ ':){1,6}:', '::(?:' ~ group ~ ':){0,6}' ~ group, '::', '::(?:[fF]{4}:)?' ~ four
]) -%}
{%- set six = '(?:' ~ shapes | join('|') ~ ')' -%}
case
    when regexp_full_match({{ expression }}, '{{ four }}(?::[0-9]{1,5})?')
        then split_part({{ expression }}, ':', 1)
    when regexp_full_match({{ expression }}, '\[{{ six }}\](?::[0-9]{1,5})?|{{ six }}')
        then regexp_replace(
            lower(ltrim(split_part({{ expression }}, ']', 1), '[')), '^::ffff:([0-9.]+)$', '\1'
        )
end
{%- endmacro %}
