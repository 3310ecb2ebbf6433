with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
uses as (
    select
        sessions.session_id,
        sessions.engineer_id,
        sessions.resource_id,
        sessions.started_at,
        engineers.team,
        engineers.started_at as joined_at,
        cast(sessions.started_at as date) as active_day,
        lag(sessions.started_at) over by_both as previous_at,
        min(sessions.started_at) over (partition by sessions.engineer_id) as engineer_since,
        min(sessions.started_at) over (partition by sessions.resource_id) as resource_since
    from sessions
    inner join engineers on sessions.engineer_id = engineers.engineer_id
    where sessions.resource_id is not null and {{ is_human_access('sessions') }}
    window by_both as (
        partition by sessions.engineer_id, sessions.resource_id
        order by
            sessions.started_at, sessions.ended_at, sessions.resource_name, sessions.session_id
    )
),

fresh as (
    select * from uses
    where
        coalesce(previous_at <= started_at - interval '{{ var("known_resource_days") }} days', true)
        and started_at >= engineer_since + interval '{{ var("warm_up_days") }} days'
        and started_at >= resource_since + interval '{{ var("warm_up_days") }} days'
),

habits as (
    select
        fresh.session_id,
        count(distinct earlier.active_day) as active_days
    from fresh
    inner join uses as earlier
        on fresh.engineer_id = earlier.engineer_id
        and fresh.started_at > earlier.started_at
    group by fresh.session_id
),

peers as (
    select
        fresh.session_id,
        count(distinct others.engineer_id) as peers_with_access
    from fresh
    inner join uses as others
        on fresh.team = others.team
        and fresh.resource_id = others.resource_id
        and fresh.engineer_id <> others.engineer_id
        and fresh.started_at > others.started_at
    group by fresh.session_id
)

select
    fresh.session_id,
    fresh.previous_at,
    fresh.team,
    coalesce(peers.peers_with_access, 0) as peers_with_access,
    coalesce(fresh.joined_at > fresh.started_at - interval '{{ var("warm_up_days") }} days', false)
        as is_new_hire
from fresh
inner join habits
    on fresh.session_id = habits.session_id
    and habits.active_days >= {{ var('warm_up_active_days') }}
left outer join peers on fresh.session_id = peers.session_id
