with events as (
    select * from {{ ref('stg_okta__events') }}
),

judged as (
    select
        *,
        -- Okta itself is nobody, and neither is who named no user.
        case
            when actor_type <> 'SystemPrincipal' then nullif(actor_login, 'unknown')
        end as account,
        event_type in ('user.session.start', 'user.session.end')
        or (
            starts_with(event_type, 'user.authentication.')
            and event_type <> 'user.authentication.sso'
        ) as is_login,
        concat_ws(' ', coalesce(user_login, group_name, target_name), privilege) as told,
        case
            when result = 'DENY' then 'denied'
            when result = 'FAILURE' then 'failure'
            -- That somebody was sent to an application does not say that it let them in.
            when event_type = 'user.authentication.sso' then 'unknown'
            when result in ('SUCCESS', 'ALLOW') then 'success'
            else 'unknown'
        end as outcome
    from events
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    case when not is_login then app_name end as resource_name,
    -- Who logs in to the organisation has reached nothing behind it yet.
    case
        when is_login then null
        when app_name is not null then 'applications'
        else 'organisation'
    end as resource_scope,
    case
        when event_type = 'user.session.start' and outcome = 'success' then 'session_start'
        when event_type = 'user.session.end' then 'session_end'
        when is_login then 'authentication'
        else 'action'
    end as kind,
    event_type as action,
    left({{ redacted('told') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    -- One session of Okta leads to many applications: each is a session of its own.
    case when is_login or app_name is null then session_id else session_id || ' ' || app_name end
        as session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    case
        when event_type = 'user.authentication.auth_via_mfa' and outcome = 'success' then true
    end as mfa,
    device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
