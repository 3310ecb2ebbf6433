{# What an event of a log does that several rules ask for, by its `action` and what it `told`; null for
   all else. #}
{% macro action_class() -%}
{%- set logger = '(auditd|r?syslogd?|syslog-ng|systemd-journald|fluent-?bit|fluentd|td-agent|filebeat|auditbeat|vector)' -%}
{%- set setting = "pgaudit\\.log\\s*(?:=|\\bto\\b)\\s*" -%}
{%- set names = class_names() -%}
case
    when action in ('{{ names['off'] | join("', '") }}') then 'audit_disabled'
    when action in ('{{ names['on'] | join("', '") }}') then 'audit_restored'
    when
        action in ('{{ names['read'] | join("', '") }}')
        -- The parts of a Kubernetes cluster read secrets all the time.
        and not coalesce(starts_with(account, 'system:'), false) then 'secret_read'
    when action in ('{{ names['out'] | join("', '") }}') then 'bulk_export'
    when regexp_matches(told, {{ reads_all() }}) then 'bulk_export'
    when
        regexp_matches(
            told,
            '(?i)\bsystemctl\s(.*\s)?(stop|disable|mask|kill)\s(.*\s)?{{ logger }}(\.service)?(\s|$)'
            || '|(\bservice\s+|/init\.d/){{ logger }}\s+stop\b'
            || '|\b(pkill|killall)\s(.*\s)?{{ logger }}(\s|$)'
            || '|\bauditctl\s(.*\s)?-(e\s*0|D)(\s|$)'
            || '|\breset\s+pgaudit\.log\b'
            || '|\bset\s+.*{{ setting }}(none|default|''''|''none'')\W*$'
        ) then 'audit_disabled'
    when
        regexp_matches(
            told,
            '(?i)\bsystemctl\s(.*\s)?(start|restart|reload|enable|unmask)\s(.*\s)?{{ logger }}(\.service)?(\s|$)'
            || '|(\bservice\s+|/init\.d/){{ logger }}\s+(re)?start\b'
            || '|\bauditctl\s(.*\s)?-e\s*[12]\b'
            || '|\bset\s+.*{{ setting }}'
        ) then 'audit_restored'
    when regexp_matches(told, '\bvault\s+(kv\s+get|read)\s') then 'secret_read'
    when
        regexp_matches(
            told,
            '\b(pg_dump|pg_dumpall|mysqldump|mariadb-dump|mongodump)\b'
            || '|\b(aws\s(.*\s)?s3\s+sync|gsutil\s(.*\s)?rsync|rclone\s(.*\s)?(copy|sync|move))\s'
            || '|\b(aws\s(.*\s)?s3\s+(cp|mv)\s.*--recursive|gsutil\s(.*\s)?(cp|mv)\s(.*\s)?-[rR])'
        ) then 'bulk_export'
end
{%- endmacro %}
