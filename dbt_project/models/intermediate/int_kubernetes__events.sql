with events as (
    select * from {{ ref('stg_kubernetes__events') }}
),

judged as (
    select
        *,
        case
            when decision = 'forbid' or status_code in (401, 403) then 'denied'
            when status_code < 400 then 'success'
            when status_code >= 400 then 'failure'
            else 'unknown'
        end as outcome,
        concat_ws('/', resource, subresource) as what,
        concat_ws(
            ' ', coalesce(object_name, case when resource is null then request_uri end), command,
            'as ' || impersonated_user
        ) as told
    from events
),

-- Who gets into a container is in it until the answer is complete.
entered as (
    select
        *,
        coalesce(subresource in ('exec', 'attach', 'portforward'), false)
        and audit_id is not null
        and outcome = 'success' as is_entry
    from judged
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    -- Behind a role that several share EKS names the person; who did not log in is nobody.
    coalesce(session_name, nullif(user_name, 'system:anonymous')) as account,
    nullif(concat_ws('/', cluster, namespace), '') as resource_name,
    coalesce(cluster, source_name) as resource_scope,
    case
        when is_entry and stage = 'ResponseStarted' then 'session_start'
        when is_entry then 'session_end'
        else 'action'
    end as kind,
    concat_ws(' ', verb, nullif(what, '')) as action,
    left({{ redacted("nullif(told, '')") }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    case when is_entry then audit_id end as session_key,
    case when is_entry and stage <> 'ResponseStarted' then received_at end as session_started_at,
    case when is_entry and stage <> 'ResponseStarted' then occurred_at end as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    cast(null as boolean) as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from entered
