{{ kept_until('int_sessions__touched') }}

with hourly as (
    select * from {{ ref('int_sessions__hourly') }}
    where {{ is_touched('event_day') }}
),

-- Whole days are added up there: 24 windows over all earlier sessions grow far worse than these do.
earlier_days as (
    select * from {{ ref('int_sessions__hours_by_day') }}
),

-- Of who has no team, the second finds nothing to be joined to.
compared as (
    select
        *,
        unnest(['own', 'peers']) as baseline,
        unnest([engineer_id, team]) as compared_with
    from hourly
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
counted as (
    select
        compared.*,
        earlier_days.sessions + count(*) over before_today as sessions,
        earlier_days.active_days + (count(*) over before_today > 0)::integer as active_days,
        coalesce(earlier_days.since, min(compared.started_at) over before_today) as since,
        {{ hours_before('earlier_days.hours', 'before_today') }} as hours
    from compared
    inner join earlier_days
        on compared.baseline = earlier_days.baseline
        and compared.compared_with = earlier_days.compared_with
        and compared.system = earlier_days.system
        and compared.event_day = earlier_days.started_on
    window before_today as (
        partition by
            compared.baseline, compared.compared_with, compared.system, compared.event_day
        order by compared.started_at
        range between unbounded preceding and interval '1 microsecond' preceding
    )
),

-- Who has too few sessions of their own is compared with their team.
chosen as (
    select *
    from counted
    qualify
        (baseline = 'own') = (
            team is null
            or max(sessions) filter (where baseline = 'own') over (partition by session_id)
            >= {{ var('hour_min_sessions') }}
        )
)

select
    event_day,
    session_id,
    local_at,
    local_hour,
    time_zone,
    is_new_hire,
    baseline,
    sessions,
    active_days,
    since,
    hours,
    {{ hours_smoothed('chosen') | indent(4) }}
from chosen
