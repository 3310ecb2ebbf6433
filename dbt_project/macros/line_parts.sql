{# What a login line tells (detail, account, address), by its class. The account is what the client
   typed: only the last ` from ` of a failure is the daemon's own. #}
{% macro line_parts() -%}
{%- set patterns = {
    'accepted': '^Accepted (\\S+) for (.*?) from (\\S+) port \\d+',
    'failed': '^Failed (\\S+) for (?:(?:invalid|illegal) user )?(.*) from (\\S+)(?: port \\d+)?'
        ~ '(?: ssh\\d?)?(?:: .*)?$',
    'invalid': '^()(?:Invalid|Illegal) user (.*) from (\\S+)(?: port \\d+)?$',
    'unfinished': '^()[a-zA-Z ]+ authenticating user (.*) (\\S+) port \\d+(?: \\[preauth\\])?$',
    'barred': '^()User (.*) from (\\S+) not allowed because ',
    'opened': '^()session opened for user (.+?)(?:\\(uid=\\d+\\))?(?: by .*)?()$',
    'closed': '^()session closed for user (.+?)()$',
    'left': '^()Disconnected from user (.*) (\\S+) port \\d+$',
    'subsystem': '^subsystem request for (\\S+)(?: by user (\\S+))?()',
    'sudo': '^()(.+?) : ()',
    'su': '^(?:(?:FAILED |Successful )?[sS][uU] )?(?:\\(to (?:\\S+)\\)|for (?:\\S+) by) ()(\\S+)()',
    'pam': '^() ?(?:.* )?rhost=(\\S*)(?: +user=(\\S+))?',
    'other': '()()(?: from | by | with )([0-9a-fA-F.:]*[0-9a-fA-F])(?:[: ]|$)',
} -%}
{#- PAM tells the address first. -#}
{%- set usual, swapped = ['detail', 'account', 'address'], ['detail', 'address', 'account'] -%}
case class
{%- for class, pattern in patterns.items() %}
when '{{ class }}'
then regexp_extract(line, '{{ pattern }}', {{ swapped if class == 'pam' else usual }})
{%- endfor %}
end
{%- endmacro %}
