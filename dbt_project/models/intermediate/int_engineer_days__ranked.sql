with compared as (
    select * from {{ ref('int_engineer_days__compared') }}
),

sessions as (
    select * from {{ ref('int_sessions__unexplained') }}
),

far as (
    select * from compared
    where distance >= {{ var('peer_distance') }}
),

-- The top of the days before: what is still to come never changes the answer of a day.
tops as (
    select
        far.engineer_id,
        far.event_day,
        quantile_cont(earlier.distance, 1 - {{ var('peer_top_percent') }} / 100.0) as top
    from far
    inner join compared as earlier
        on far.team = earlier.team
        and far.event_day > earlier.event_day
        and far.event_day - interval '{{ var("peer_days") }} days' <= earlier.event_day
    where earlier.is_warm and earlier.peers + 1 >= {{ var('peer_min_people') }}
    group by far.engineer_id, far.event_day
),

outstanding as (
    select
        far.engineer_id,
        far.event_day
    from far
    left outer join tops
        on far.engineer_id = tops.engineer_id
        and far.event_day = tops.event_day
    where far.distance >= coalesce(tops.top, 0)
),

-- To put the events of every day in order would take more than all the rest.
begun as (
    select
        outstanding.engineer_id,
        outstanding.event_day,
        list(sessions.first_event_id order by sessions.started_at, sessions.session_id)[:20]
            as event_ids
    from outstanding
    inner join sessions
        on outstanding.engineer_id = sessions.engineer_id
        and outstanding.event_day = sessions.event_day
    group by outstanding.engineer_id, outstanding.event_day
)

select
    far.engineer_id,
    far.event_day,
    far.team,
    far.started_at,
    far.ended_at,
    far.raw_file,
    far.raw_line,
    far.peers,
    far.is_warm,
    far.traits,
    far.distance,
    tops.top,
    begun.event_ids
from far
left outer join tops
    on far.engineer_id = tops.engineer_id
    and far.event_day = tops.event_day
left outer join begun
    on far.engineer_id = begun.engineer_id
    and far.event_day = begun.event_day
