{{ config(materialized='table') }}

with hourly as (
    select * from {{ ref('int_sessions__hourly') }}
),

-- Whole days are added up there: 24 windows over all earlier sessions grow far worse than these do.
earlier_days as (
    select * from {{ ref('int_sessions__hours_by_day') }}
),

-- Of who has no team, the second finds nothing to be joined to.
compared as (
    select
        *,
        started_at::date as started_on,
        unnest(['own', 'peers']) as baseline,
        unnest([engineer_id, team]) as compared_with
    from hourly
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
counted as (
    select
        compared.*,
        count(*) over before as sessions,
        count(distinct compared.local_day) over before as active_days,
        min(compared.started_at) over before as since,
        {{ hours_before('earlier_days.hours', 'before_today') }} as hours
    from compared
    inner join earlier_days
        on compared.baseline = earlier_days.baseline
        and compared.compared_with = earlier_days.compared_with
        and compared.system = earlier_days.system
        and compared.started_on = earlier_days.started_on
    window
        before as (
            partition by compared.baseline, compared.compared_with, compared.system
            order by compared.started_at
            range between unbounded preceding and interval '1 microsecond' preceding
        ),
        before_today as (
            partition by
                compared.baseline, compared.compared_with, compared.system, compared.started_on
            order by compared.started_at
            range between unbounded preceding and interval '1 microsecond' preceding
        )
)

-- Who has too few sessions of their own is compared with their team.
select
    session_id,
    local_at,
    local_hour,
    time_zone,
    baseline,
    sessions,
    active_days,
    since,
    hours
from counted
where not is_new_hire
qualify
    (baseline = 'own') = (
        max(sessions) filter (where baseline = 'own') over (partition by session_id)
        >= {{ var('hour_min_sessions') }}
    )
