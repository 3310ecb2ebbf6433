{# What an event of a log does that several rules ask for, by its `action` and what it `told`; null for
   all else. #}
{% macro action_class() -%}
{%- set logger = '(auditd|r?syslogd?|syslog-ng|systemd-journald|fluent-?bit|fluentd|td-agent|filebeat|auditbeat|vector)' -%}
{%- set setting = "pgaudit\\.log\\s*(?:=|\\bto\\b)\\s*" -%}
{%- set off = [
    'cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail',
    'cloudtrail:PutEventSelectors', 'cloudtrail:DeleteEventDataStore',
    'cloudtrail:StopEventDataStoreIngestion', 'logs:DeleteSubscriptionFilter',
    'logs:DeleteDestination', 'firehose:DeleteDeliveryStream',
    'session_recording_config.update', 'external_audit_storage.disable'
] -%}
{%- set on = ['cloudtrail:StartLogging', 'cloudtrail:CreateTrail'] -%}
{%- set read = [
    'secretsmanager:GetSecretValue', 'read secret', 'get secrets', 'list secrets', 'watch secrets'
] -%}
{%- set out = ['s3:CopyObject', 'rds:StartExportTask', 'dynamodb:ExportTableToPointInTime'] -%}
{%- set words = 'audit|syslog|journald|fluent|td-agent|beat|vector|vault|dump|s3|gsutil|rclone' -%}
case
    when action in ('{{ off | join("', '") }}') then 'audit_disabled'
    when action in ('{{ on | join("', '") }}') then 'audit_restored'
    when
        action in ('{{ read | join("', '") }}')
        -- The parts of a Kubernetes cluster read secrets all the time.
        and not coalesce(starts_with(account, 'system:'), false) then 'secret_read'
    when action in ('{{ out | join("', '") }}') then 'bulk_export'
    -- Nearly everything ends here, for a fraction of the work.
    when
        regexp_matches(
            told, '(?is)^\W*(select|table)\s|^\W*copy\s.*\sto\s+(stdout|program|''|\$|/)'
        ) then 'bulk_export'
    when not regexp_matches(told, '(?i){{ words }}') then null
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
