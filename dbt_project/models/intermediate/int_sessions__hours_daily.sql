{{ kept_until('int_sessions__touched') }}

with hourly as (
    select * from {{ ref('int_sessions__hourly') }}
    where {{ is_touched('event_day') }}
),

compared as (
    select
        system,
        local_hour,
        started_at,
        event_day,
        unnest(['own', 'peers']) as baseline,
        unnest([engineer_id, team]) as compared_with
    from hourly
),

daily as (
    select
        event_day,
        baseline,
        compared_with,
        system,
        count(*) as sessions,
        min(started_at) as since,
        {{ hours_on_day() }}
    from compared
    where compared_with is not null
    group by event_day, baseline, compared_with, system
)

select * from daily
