{# The one shape of an event, whatever system it comes from. #}
{% macro event_columns() -%}
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    resource_name,
    resource_scope,
    kind,
    action,
    object,
    statement,
    outcome,
    session_key,
    session_started_at,
    session_ended_at,
    source_ip,
    mfa,
    device_id,
    repeated,
    raw_file,
    raw_line
{%- endmacro %}
