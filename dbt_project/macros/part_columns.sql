{# The columns of each part that a system may tell, in order; of what they mean tell int_events__unioned,
   int_entitlements__seen, int_directory__unioned, int_snapshots__counted, int_schedules__entries,
   int_requests__seen, int_incidents__observed and int_incident_responders. #}
{% macro part_columns(part) -%}
{{ return({
    'events': event_columns().split(',') | map('trim') | list,
    'granted': [
        'source_name', 'system', 'observed_at', 'account', 'resource_name', 'permission',
        'granted_via', 'is_privileged', 'granted_at', 'expires_at', 'last_used_at', 'granted_by',
        'is_enabled'
    ],
    'people': [
        'source_name', 'system', 'observed_at', 'event_key', 'engineer_id', 'name', 'email', 'team',
        'role', 'time_zone', 'accounts', 'devices', 'travel', 'started_at', 'ended_at'
    ],
    'snapshots': ['kind', 'source_name', 'system', 'observed_at', 'records'],
    'entries': [
        'source_name', 'observed_at', 'schedule_id', 'schedule', 'person', 'level', 'origin',
        'is_final', 'started_at', 'ended_at', 'window_since', 'window_until'
    ],
    'requested': [
        'event_key', 'source_name', 'system', 'request_id', 'requester', 'approver',
        'resource_name', 'permission', 'status', 'reason', 'reviews', 'requested_at', 'started_at',
        'ended_at', 'observed_at'
    ],
    'incidents': [
        'incident_id', 'source_name', 'service_name', 'service_id', 'severity', 'title', 'status',
        'started_at', 'ended_at', 'observed_at', 'raw_file', 'raw_line'
    ],
    'responders': ['incident_id', 'person', 'joined_at']
}[part]) }}
{%- endmacro %}
