with events as (
    select * from {{ ref('stg_teleport__events') }}
),

places as (
    select * from {{ ref('int_teleport__places') }}
),

placed as (
    select
        events.*,
        coalesce(
            events.server_hostname,
            events.db_service,
            events.kubernetes_cluster,
            places.resource_name
        ) as resource_name,
        upper(right(events.code, 1)) in ('W', 'E') as is_warning
    from events
    left outer join places
        on events.sid = places.sid
        and events.occurred_at >= places.started_at
        and events.occurred_at < places.started_at + interval '{{ var("session_limit_days") }} days'
),

judged as (
    select
        *,
        case
            when event = 'session.rejected' then 'denied'
            when is_warning and event like '%session.start' then 'denied'
            when is_success or not is_warning and is_success is null then 'success'
            else 'failure'
        end as outcome,
        case
            when event in ('session.command', 'exec')
                then
                    concat_ws(
                        ' ', coalesce(path, program),
                        array_to_string(try(json_extract_string(argv, '$[*]')), ' ')
                    )
            when starts_with(event, 'db.session.query') then {{ statement_words('db_query') }}
            when event like 'access_request.%' then concat_ws(' ', request_id, request_state)
            else login
        end as object
    from placed
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    user_name as account,
    resource_name,
    -- Who logs in to the gateway, or asks it for access, has reached nothing behind it yet.
    case
        when not regexp_matches(event, '^(user\.login$|auth$|access_request|access_monitoring_)')
            then cluster_name
    end as resource_scope,
    case
        when event in ('user.login', 'auth') then 'authentication'
        when event like '%session.start' and outcome = 'success' then 'session_start'
        when event like '%session.end' then 'session_end'
        else 'action'
    end as kind,
    event as action,
    left({{ redacted('object') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    sid as session_key,
    -- Year 1 stands for never, and no session is longer than a year.
    case
        when session_started_at between occurred_at - interval '1 year' and occurred_at
            then session_started_at
    end as session_started_at,
    case
        when session_stopped_at between occurred_at - interval '1 year' and occurred_at
            then session_stopped_at
    end as session_ended_at,
    {{ valid_ip('remote_address') }} as source_ip,
    -- The second factor of a login by another provider is that provider's to tell.
    case
        when outcome <> 'success' then null
        when coalesce(mfa_device_id, with_mfa) <> '' then true
        when event = 'user.login' and login_method = 'local' then false
    end as mfa,
    trusted_device_id as device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
