with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
begun as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Only the first session of a day can be one after a long time.
daily as (
    select
        sessions.engineer_id,
        sessions.resource_id,
        engineers.team,
        engineers.started_at as joined_at,
        cast(sessions.started_at as date) as active_day,
        min(sessions.started_at) as started_at,
        max(sessions.started_at) as last_at
    from sessions
    inner join engineers on sessions.engineer_id = engineers.engineer_id
    where sessions.resource_id is not null and {{ is_human_access('sessions') }}
    group by all
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
uses as (
    select
        *,
        lag(last_at) over (partition by engineer_id, resource_id order by active_day)
            as previous_at,
        min(started_at) over (partition by engineer_id) as engineer_since,
        min(started_at) over (partition by resource_id) as resource_since
    from daily
),

fresh as (
    select
        uses.*,
        begun.session_id
    from uses
    inner join begun
        on uses.engineer_id = begun.engineer_id
        and uses.resource_id = begun.resource_id
        and uses.started_at = begun.started_at
    where
        coalesce(
            uses.previous_at
            <= uses.started_at - interval '{{ var("known_resource_days") }} days',
            true
        )
        and uses.started_at >= uses.engineer_since + interval '{{ var("warm_up_days") }} days'
        and uses.started_at >= uses.resource_since + interval '{{ var("warm_up_days") }} days'
        and {{ is_human_access('begun') }}
    qualify row_number() over (
        partition by uses.engineer_id, uses.resource_id, uses.active_day
        order by begun.ended_at, begun.resource_name, begun.session_id
    ) = 1
),

days as (
    select
        engineer_id,
        active_day,
        min(started_at) as started_at
    from daily
    group by engineer_id, active_day
),

habits as (
    select
        fresh.session_id,
        count(*) as active_days
    from fresh
    inner join days as earlier
        on fresh.engineer_id = earlier.engineer_id
        and fresh.started_at > earlier.started_at
    group by fresh.session_id
),

users as (
    select
        team,
        resource_id,
        engineer_id,
        min(started_at) as since
    from daily
    group by team, resource_id, engineer_id
),

peers as (
    select
        fresh.session_id,
        count(*) as peers_with_access
    from fresh
    inner join users as others
        on fresh.team = others.team
        and fresh.resource_id = others.resource_id
        and fresh.engineer_id <> others.engineer_id
        and fresh.started_at > others.since
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
