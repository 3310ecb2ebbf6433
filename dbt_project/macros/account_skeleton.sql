{# What is left of an account name once look-alike letters are made equal: the compatible forms of
   Unicode (wide, styled for mathematics), letters of other scripts that look Latin, accents, digits
   that stand for letters, and what separates or cannot be seen. It warns; it never resolves an identity. #}
{% macro account_skeleton(account) -%}
{%- set latin = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' -%}
{%- set from = [] -%}
{%- set to = [] -%}
{%- for code in range(65281, 65375) -%}
    {%- do from.append('%c' | format(code)) -%}
    {%- do to.append('%c' | format(code - 65248)) -%}
{%- endfor -%}
{%- for code in range(119808, 120484) -%}
    {%- do from.append('%c' | format(code)) -%}
    {%- do to.append(latin[(code - 119808) % 52]) -%}
{%- endfor -%}
{%- for code in range(120782, 120832) -%}
    {%- do from.append('%c' | format(code)) -%}
    {%- do to.append('%c' | format(48 + (code - 120782) % 10)) -%}
{%- endfor -%}
{%- set alike = {
    'авекмнорстухіѕјһԁԛԝԍᴦⅼ': 'abekmhopctyxisjhdqwgrl',
    'αβεικνορτυχγ': 'abeiknoptuxy',
    'ıɑɡʟոօսցհɩ': 'iaglnouqhi'
} -%}
{%- set unseen = ['%c' | format(173), '%c' | format(8203), '%c' | format(8204), '%c' | format(8205), '%c' | format(8288), '%c' | format(65279)] -%}
translate(
    strip_accents(lower(nfc_normalize(translate(
        {{ account }}, '{{ from | join | replace("'", "''") }}', '{{ to | join | replace("'", "''") }}'
    )))),
    '{{ alike.keys() | join }}013457.-_ {{ unseen | join }}',
    '{{ alike.values() | join }}oleast'
)
{%- endmacro %}
