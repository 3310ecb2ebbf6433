with daily as (
    select * from {{ ref('int_sessions__hours_daily') }}
),

touched as (
    select * from {{ ref('int_sessions__touched') }}
),

-- All days that stay as they are count as one.
added as (
    select
        daily.baseline,
        daily.compared_with,
        daily.system,
        case
            when daily.event_day >= touched.first_day then daily.event_day
            else date '0001-01-01'
        end as started_on,
        count(*) as active_days,
        cast(sum(daily.sessions) as bigint) as sessions,
        min(daily.since) as since,
        {{ hours_of_group('daily') }}
    from daily
    cross join touched
    group by daily.baseline, daily.compared_with, daily.system, started_on
),

earlier_days as (
    select
        baseline,
        compared_with,
        system,
        started_on,
        cast(coalesce(sum(sessions) over before, 0) as bigint) as sessions,
        cast(coalesce(sum(active_days) over before, 0) as bigint) as active_days,
        min(since) over before as since,
        {{ hours_of_days('before') }} as hours
    from added
    window before as (
        partition by baseline, compared_with, system
        order by started_on
        rows between unbounded preceding and 1 preceding
    )
)

select earlier_days.*
from earlier_days
cross join touched
where earlier_days.started_on >= touched.first_day
