with hourly as (
    select * from {{ ref('int_sessions__hourly') }}
),

changed as (
    select * from {{ ref('int_sessions__hours_changed') }}
),

-- All days that stay as they are count as one.
compared as (
    select
        hourly.system,
        hourly.local_hour,
        hourly.started_at,
        hourly.started_at::date as began_on,
        case
            when hourly.started_at::date >= changed.first_day then hourly.started_at::date
            else date '0001-01-01'
        end as started_on,
        unnest(['own', 'peers']) as baseline,
        unnest([hourly.engineer_id, hourly.team]) as compared_with
    from hourly
    cross join changed
),

daily as (
    select
        baseline,
        compared_with,
        system,
        started_on,
        count(*) as sessions,
        count(distinct began_on) as active_days,
        min(started_at) as since,
        {{ hours_on_day() }}
    from compared
    where compared_with is not null
    group by baseline, compared_with, system, started_on
),

earlier_days as (
    select
        baseline,
        compared_with,
        system,
        started_on,
        coalesce(sum(sessions) over before, 0)::bigint as sessions,
        coalesce(sum(active_days) over before, 0)::bigint as active_days,
        min(since) over before as since,
        {{ hours_of_days('before') }} as hours
    from daily
    window before as (
        partition by baseline, compared_with, system
        order by started_on
        rows between unbounded preceding and 1 preceding
    )
)

select earlier_days.*
from earlier_days
cross join changed
where earlier_days.started_on >= changed.first_day
