with named as (
    select * from {{ ref('int_ocsf__named') }}
),

judged as (
    select
        *,
        case
            when
                action_id = 2
                or response_code in (401, 403)
                or regexp_matches(
                    response_error, 'AccessDenied|Unauthorized|NotAuthorized|Forbidden'
                )
                or (class_uid in (4005, 4007) and activity_id = 5)
                then 'denied'
            when
                status_id = 2
                or response_error is not null
                or response_code >= 400
                or (class_uid in (4005, 4007) and activity_id = 4)
                then 'failure'
            when status_id = 1 or response_code between 200 and 399 then 'success'
            else 'unknown'
        end as outcome
    from named
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    resource_name,
    resource_scope,
    case
        when is_connection and activity_id = 2 and session_key is not null then 'session_end'
        -- A session that was refused never began.
        when
            is_connection
            and activity_id = 1
            and session_key is not null
            and outcome not in ('failure', 'denied')
            then 'session_start'
        when is_login or (is_connection and outcome in ('failure', 'denied')) then 'authentication'
        else 'action'
    end as kind,
    action,
    left({{ redacted('object') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    session_key,
    -- Of calls the credential tells when it was issued.
    case
        when session_key is null and session_created_at <= occurred_at then session_created_at
    end as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    -- Of a federated login CloudTrail says "No" always: its provider alone knows the second factor.
    case
        when outcome <> 'success' then null
        when is_mfa = 'true' then true
        when
            is_mfa = 'false'
            and (product_name is distinct from 'CloudTrail' or actor_type in ('IAMUser', 'Root'))
            then false
    end as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
