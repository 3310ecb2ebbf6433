with entries as (
    select * from {{ ref('stg_gcp_audit__entries') }}
),

-- A long call is told when it begins and when it ends, and only then how.
called as (
    select
        * exclude (status_code, is_refused),
        coalesce(operation_id, event_id) as call_id,
        max(status_code) over call_entries as status_code,
        bool_or(is_refused) over call_entries as is_refused
    from entries
    window
        call_entries as (
            partition by source_name, coalesce(operation_id, event_id), method_name, project
        )
    qualify
        row_number() over (
            partition by source_name, coalesce(operation_id, event_id), method_name, project
            order by occurred_at asc, event_id asc
        ) = 1
),

judged as (
    select
        *,
        coalesce(service_name = 'login.googleapis.com', false) as is_login,
        case
            when method_name like '%.loginFailure' then 'failure'
            when status_code in (7, 16) or is_refused then 'denied'
            when coalesce(status_code, 0) <> 0 then 'failure'
            else 'success'
        end as outcome
    from called
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    -- Whoever has a service account act for them is who acts.
    coalesce(delegated_by, principal) as account,
    case when not is_login then resource_name end as resource_name,
    case when not is_login then coalesce(project, 'organisation') end as resource_scope,
    case when is_login then 'authentication' else 'action' end as kind,
    method_name as action,
    left({{ redacted('resource_name') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    cast(null as varchar) as session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    cast(null as boolean) as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
