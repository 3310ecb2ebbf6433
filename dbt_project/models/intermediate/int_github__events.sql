with events as (
    select * from {{ ref('stg_github__events') }}
),

judged as (
    select
        *,
        regexp_matches(action, '^(user\.(failed_)?login|org\.sso_response|business\.sso_response)$')
            as is_login,
        nullif(concat_ws(' ', user_login, object_name, permission, visibility), '') as told
    from events
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    -- What an application did by itself is told, but nobody's.
    case when not coalesce(actor_is_bot, false) then actor end as account,
    coalesce(repo, team) as resource_name,
    -- Who logs in has reached nothing behind it yet.
    case when not is_login then coalesce(org, business) end as resource_scope,
    case when is_login then 'authentication' else 'action' end as kind,
    action,
    left({{ redacted('told') }}, 500) as object,
    cast(null as varchar) as statement,
    -- The log has no outcome: what is in it was done.
    case when action = 'user.failed_login' then 'failure' else 'success' end as outcome,
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
