{# A command or statement without the secrets in it: what a name that says secret is set to, what
   follows such an option or stands quoted behind such a word, credentials in a URL, and keys known by
   their look; and what the workspace asks for. The cheap test comes first, as nearly no text holds one. #}
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
{%- set user = '(\\bcurl\\b.*?\\s(?:-u|--user)[ =]?[\'"]?[^\\s:\'"]+:)[^\\s\'"]+' -%}
{%- set in_url = '(://)[^/\\s:@]{20,}(@)' -%}
{%- set pem = '(?s)()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\\z)'
    -%}
{%- set key = '()\\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|eyJ[\\w.-]{10,}|gh[oprsu]_\\w{10,}'
    ~ '|github_pat_\\w{10,}|glpat-[\\w-]{10,}|xox[abeprs]-[\\w-]{8,}|AIza[\\w-]{20,}'
    ~ '|ya29\\.[\\w-]{10,}|sk_live_\\w{10,}|npm_\\w{20,}|hv[bs]\\.[\\w-]{10,})' -%}
{%- set patterns = [
    named ~ '()', option ~ '()', clause ~ '()', header ~ '()', url, in_url, mysql ~ '()',
    user ~ '()', pem ~ '()', key ~ '()'
] -%}
{%- set own = var('redact_pattern', '') -%}
{%- if own %}regexp_replace({% endif -%}
case
    when regexp_matches(
        {{ expression }},
        '(?i){{ word }}|identified by|bearer|basic|://[^/\s]+@|\b(?:AKIA|ASIA)[A-Z0-9]|\beyJ'
        || '|\bgh[oprsu]_|\bgithub_pat_|\bglpat-|\bxox|\bAIza|\bya29|\bsk_live_|\bnpm_|\bhv[bs]\.'
        || '|private key|\bcurl|\bmysql|\bmariadb|\bsshpass'
    )
then
{% for pattern in patterns %}regexp_replace({% endfor %}{{ expression }}
{%- for pattern in patterns %}, '{{ pattern | replace("'", "''") }}', '\1[redacted]\2', 'g')
{%- endfor %}
    else {{ expression }}
end
{%- if own %}, '{{ own | replace("'", "''") }}', '[redacted]', 'g'){% endif %}
{%- endmacro %}
