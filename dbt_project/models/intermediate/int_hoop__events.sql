with marks as (
    select * from {{ ref('int_hoop__marks') }}
),

changes as (
    select * from {{ ref('stg_hoop__changes') }}
),

events as (
    select
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
        outcome,
        session_key,
        null as source_ip,
        raw_file,
        raw_line
    from marks
    union all
    select
        event_id,
        source_name,
        occurred_at,
        system,
        coalesce(actor_email, actor_subject) as account,
        null as resource_name,
        'gateway' as resource_scope,
        'action' as kind,
        concat_ws(' ', action, resource_type) as action,
        concat_ws(' ', http_method, http_path) as object,
        case
            when is_success then 'success'
            when http_status in (401, 403) then 'denied'
            else 'failure'
        end as outcome,
        null as session_key,
        source_ip,
        raw_file,
        raw_line
    from changes
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    resource_name,
    resource_scope,
    kind,
    action,
    left({{ redacted('object') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    cast(null as boolean) as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from events
