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

windows as (
    select * from {{ ref('int_windows__merged') }}
),

targets as (
    select distinct
        engineer_id,
        service,
        resource_id
    from windows
    where resource_id is not null
),

-- The windows of the resource where it has any of its own, else those of its service.
keyed as (
    select
        sessions.session_id,
        sessions.engineer_id,
        sessions.service,
        sessions.started_at,
        sessions.ended_at,
        coalesce(targets.resource_id, '') as window_key
    from sessions
    left outer join targets
        on sessions.engineer_id = targets.engineer_id
        and sessions.service = targets.service
        and sessions.resource_id = targets.resource_id
),

windowed as (
    select
        keyed.session_id,
        bool_or(
            keyed.started_at >= windows.started_at and keyed.started_at < windows.ended_at
        ) as is_start_allowed,
        max(windows.ended_at) filter (
            where keyed.started_at >= windows.started_at and keyed.started_at < windows.ended_at
        ) as allowed_until,
        sum({{ seconds_between(
            'greatest(keyed.started_at, windows.started_at)',
            'least(keyed.ended_at, windows.ended_at)'
        ) }}) as allowed_seconds
    from keyed
    inner join windows
        on keyed.engineer_id = windows.engineer_id
        and keyed.service = windows.service
        and keyed.window_key = coalesce(windows.resource_id, '')
        and keyed.started_at < windows.ended_at
        and greatest(keyed.ended_at, keyed.started_at + interval '1 microsecond')
        > windows.started_at
    group by keyed.session_id
)

select * from windowed
