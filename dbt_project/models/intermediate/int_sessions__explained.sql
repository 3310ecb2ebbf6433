with changed as (
    select * from {{ ref('int_sessions__changed') }}
),

remade as (
    select * from {{ ref('int_days__remade') }}
),

sessions as (
    select * from {{ ref('int_sessions__built') }}
    where
        started_on in (select remade.event_day from remade)
        and session_id in (select changed.session_id from changed)
),

allowed as (
    select * from {{ ref('int_windows__allowed') }}
),

shared as (
    select
        sessions.session_id,
        allowed.cause,
        allowed.cause_id,
        (
            sessions.started_at >= allowed.started_at,
            date_diff(
                'microsecond',
                greatest(sessions.started_at, allowed.started_at),
                least(sessions.ended_at, allowed.ended_at)
            ),
            allowed.cause_id
        ) as weight
    from sessions
    inner join allowed
        on sessions.engineer_id = allowed.engineer_id
        and sessions.service = allowed.service
        and (allowed.resource_id is null or sessions.resource_id = allowed.resource_id)
        and sessions.started_at < allowed.ended_at
        and greatest(sessions.ended_at, sessions.started_at + interval '1 microsecond')
        > allowed.started_at
),

-- What covers the start explains the session; else what covers most of it does.
explained as (
    select
        session_id,
        max_by(cause_id, weight) filter (where cause = 'shift') as shift_id,
        max_by(cause_id, weight) filter (where cause = 'incident') as incident_id,
        max_by(cause_id, weight) filter (where cause = 'request') as request_id
    from shared
    group by session_id
)

select * from explained
