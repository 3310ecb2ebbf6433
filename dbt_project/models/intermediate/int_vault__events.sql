with entries as (
    select * from {{ ref('stg_vault__events') }}
),

-- A call is two lines, and the answer alone tells how it ended; where it is missing, or has no
-- name, the request stands for itself.
called as (
    select *
    from entries
    qualify
        request_id is null
        or row_number() over (
            partition by source_name, request_id
            order by case when entry_type = 'response' then 0 else 1 end, occurred_at, event_id
        ) = 1
),

judged as (
    select
        *,
        regexp_matches(path, '^auth/[^ ]+/(login|callback)(/|$)') as is_login,
        case
            when error is null then 'success'
            when contains(error, 'permission denied') then 'denied'
            else 'failure'
        end as outcome
    from called
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    display_name as account,
    case when not is_login then concat(namespace, path) end as resource_name,
    -- Who logs in has reached nothing behind it yet.
    case
        when not is_login
            then concat(namespace, coalesce(mount_point, split_part(path, '/', 1) || '/'))
    end as resource_scope,
    case when is_login then 'authentication' else 'action' end as kind,
    case when is_login then 'login' else operation end as action,
    left({{ redacted('path') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    cast(null as varchar) as session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('remote_address') }} as source_ip,
    cast(null as boolean) as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
