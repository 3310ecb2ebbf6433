{# Whether an event can have an action_class at all: one look, that nearly none passes. #}
{% macro may_have_class() -%}
(
    action in ('{{ class_names().values() | sum(start=[]) | join("', '") }}')
    or regexp_matches(
        told, '(?i)audit|syslog|journald|fluent|td-agent|beat|vector|vault|dump|s3|gsutil|rclone'
    )
    or regexp_matches(told, {{ reads_all() }})
)
{%- endmacro %}

{# The beginning of a statement that reads, until its conditions are looked at, all of a table. #}
{% macro reads_all() -%}
'(?is)^\W*(select|table)\s|^\W*copy\s.*\sto\s+(stdout|program|''|\$|/)'
{%- endmacro %}

{# The actions of an API that have an action_class by their name. #}
{% macro class_names() -%}
    {{ return({
        'off': [
            'cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail',
            'cloudtrail:PutEventSelectors', 'cloudtrail:DeleteEventDataStore',
            'cloudtrail:StopEventDataStoreIngestion', 'logs:DeleteSubscriptionFilter',
            'logs:DeleteDestination', 'firehose:DeleteDeliveryStream',
            'session_recording_config.update', 'external_audit_storage.disable'
        ],
        'on': ['cloudtrail:StartLogging', 'cloudtrail:CreateTrail'],
        'read': [
            'secretsmanager:GetSecretValue', 'read secret', 'get secrets', 'list secrets',
            'watch secrets'
        ],
        'out': ['s3:CopyObject', 'rds:StartExportTask', 'dynamodb:ExportTableToPointInTime']
    }) }}
{%- endmacro %}
