{# A command or statement without the secrets in it: what a name that says secret is set to, what
   follows such an option or stands quoted behind such a word, credentials in a URL, and keys known by
   their look. The cheap test comes first, as nearly no text holds one. #}
{% macro redacted(expression) -%}
{%- set word = 'passw(?:or)?d|passphrase|pwd|secret|token|credential'
    ~ '|(?:api|access|private)[_-]?key' -%}
{%- set name = '(?:' ~ word ~ ')[\\w-]*' -%}
{%- set quoted = "'(?:[^']|'')*'" -%}
{%- set value = '(?:' ~ quoted ~ '|"[^"]*"|[^\\s\'"\\x60\\x3b|&,)]+)' -%}
{%- set named = '(?i)(\\b[\\w-]*' ~ name ~ '["\']?\\s*(?:=>|:=|=|:)\\s*)' ~ value -%}
{%- set option = '(?i)(--?[\\w-]*' ~ name ~ '\\s+)' ~ value -%}
{%- set clause = '(?i)(\\b(?:' ~ name ~ '|identified by)\\s+)' ~ quoted -%}
{%- set header = '(?i)(\\b(?:bearer|basic)\\s+)[\\w.~+/=-]+' -%}
{%- set url = '(://[^/\\s:@]*:)[^/\\s]+(@)' -%}
{%- set mysql = '(\\b(?:mysql\\w*|mariadb\\w*|sshpass)\\b.*?\\s-p)\\s?[^\\s-]\\S*' -%}
{%- set key = '()\\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|eyJ[\\w.-]{10,}|gh[opsu]_\\w{10,}'
    ~ '|xox[abp]-[\\w-]{8,})' -%}
{%- set patterns = [
    named ~ '()', option ~ '()', clause ~ '()', header ~ '()', url, mysql ~ '()', key ~ '()'
] -%}
case
    when regexp_matches(
        {{ expression }},
        '(?i){{ word }}|identified by|bearer|basic|://[^/\s]+@|\b(?:AKIA|ASIA)[A-Z0-9]|\beyJ|\bgh[opsu]_'
        || '|\bxox|\bmysql|\bmariadb|\bsshpass'
    )
then
{% for pattern in patterns %}regexp_replace({% endfor %}{{ expression }}
{%- for pattern in patterns %}, '{{ pattern | replace("'", "''") }}', '\1[redacted]\2', 'g')
{%- endfor %}
    else {{ expression }}
end
{%- endmacro %}
