with hourly as (
    select * from {{ ref('int_sessions__hourly') }}
),

compared as (
    select
        system,
        local_hour,
        started_at::date as started_on,
        unnest(['own', 'peers']) as baseline,
        unnest([engineer_id, team]) as compared_with
    from hourly
),

daily as (
    select
        baseline,
        compared_with,
        system,
        started_on,
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
        {{ hours_of_days('before') }} as hours
    from daily
    window before as (
        partition by baseline, compared_with, system
        order by started_on
        rows between unbounded preceding and 1 preceding
    )
)

select * from earlier_days
