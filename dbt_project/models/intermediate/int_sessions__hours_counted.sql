{{ config(materialized='table') }}

with hourly as (
    select * from {{ ref('int_sessions__hourly') }}
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
counted as (
    select
        *,
        {{ hours_before('own') }},
        {{ hours_before('peers') }}
    from hourly
    window
        own as (
            partition by engineer_id, system
            order by started_at
            range between unbounded preceding and interval '1 microsecond' preceding
        ),
        peers as (
            partition by team, system
            order by started_at
            range between unbounded preceding and interval '1 microsecond' preceding
        )
),

-- Who has too few sessions of their own is compared with their team.
chosen as (
    select
        *,
        case when own_sessions >= {{ var('hour_min_sessions') }} then 'own' else 'peers' end
            as baseline
    from counted
    where not is_new_hire
)

select
    session_id,
    local_at,
    local_hour,
    time_zone,
    baseline,
    case baseline when 'own' then own_sessions else peers_sessions end as sessions,
    case baseline when 'own' then own_days else peers_days end as active_days,
    case baseline when 'own' then own_since else peers_since end as since,
    case baseline when 'own' then own_hours else peers_hours end as hours
from chosen
where baseline = 'own' or team is not null
