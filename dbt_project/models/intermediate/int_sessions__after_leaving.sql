with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

departures as (
    select * from {{ ref('int_engineers__left') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Of an end that a later snapshot of the directory did not have yet, nobody could know.
entered as (
    select
        sessions.*,
        departures.ended_at as left_at,
        departures.recorded_at,
        coalesce(engineers.name, sessions.engineer_id) as who,
        coalesce(sessions.resource_id, sessions.resource_name, 'an unnamed place') as target,
        date_diff('second', departures.ended_at, sessions.ended_at) as seconds_after,
        coalesce(departures.unrecorded_at >= sessions.ended_at, false) as is_recorded_late
    from sessions
    inner join departures
        on sessions.engineer_id = departures.engineer_id
        and sessions.started_at < coalesce(departures.returned_at, timestamp 'infinity')
        and (
            sessions.started_at >= departures.ended_at
            or sessions.ended_at > departures.ended_at
        )
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
    where {{ is_human_access('sessions') }}
),

-- The log-in to a gateway and what is behind it are one access.
followed as (
    select
        *,
        coalesce(
            resource_name is null
            and lead(started_at) over (partition by system, account order by started_at)
            < ended_at + interval '{{ var("session_gap_minutes") }} minutes',
            false
        ) as is_followed
    from entered
)

select
    session_id,
    engineer_id,
    who,
    account,
    system,
    resource_id,
    resource_name,
    target,
    service,
    started_at,
    ended_at,
    left_at,
    recorded_at,
    seconds_after,
    is_recorded_late,
    raw_file,
    raw_line
from followed
where not is_followed
