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

placed as (
    select
        *,
        case
            when starts_with(path, mount_point) then substr(path, length(mount_point) + 1)
            else regexp_replace(path, '^[^/]*/', '')
        end as inside
    from called
),

-- Of the other engines what they issue is a secret; how they are set up is none.
judged as (
    select
        *,
        operation = 'read'
        and case
            when mount_type in ('kv', 'generic')
                then not regexp_matches(inside, '^(metadata|config|subkeys)(/|$)')
            else
                regexp_matches(inside, '^(static-)?creds?/|^(sts|export)/|(^|/)(token|key)(/|$)')
                or (mount_type is null and starts_with(inside, 'data/'))
        end
        and not regexp_matches(path, '^(auth|sys|identity|cubbyhole)/') as is_secret,
        regexp_matches(path, '^auth/[^ ]+/(login|callback)(/|$)') as is_login,
        case
            when error is null then 'success'
            when contains(error, 'permission denied') then 'denied'
            else 'failure'
        end as outcome
    from placed
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
    case
        when is_login then 'login'
        when is_secret then 'read secret'
        else operation
    end as action,
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
