{{ kept_by_day() }}

with events as (
    select * from {{ ref('stg_teleport__events') }}
),

-- A few of many: kept apart, they need not be looked for in all that was ever logged.
granting as (
    select
        event_id,
        system,
        event,
        user_name,
        request_id,
        request_state,
        proposed_state,
        roles,
        reason,
        reviewer,
        delegator,
        rule_name,
        certificate_type,
        certificate_user,
        certificate_bot,
        occurred_at,
        expires_at,
        raw_file,
        raw_line,
        cast(occurred_at as date) as event_day
    from events
    where
        (request_id is not null or rule_name is not null or event = 'cert.create')
        and {{ is_replaced('occurred_at') }}
)

select * from granting
