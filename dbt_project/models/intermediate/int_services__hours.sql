with hours as (
    select * from {{ ref('stg_policy__service_hours') }}
),

known as (
    select * from {{ ref('int_services__known') }}
),

-- A day more at each end: no zone is further from UTC.
days as (
    select
        service,
        unnest(generate_series(
            date_trunc('day', min(started_at)) - interval '1 day',
            date_trunc('day', max(ended_at)) + interval '1 day',
            interval '1 day'
        )) as local_day
    from known
    group by service
),

-- Of a day on which the clocks change, the hours are as long as the wall clock makes them.
spans as (
    select
        days.service,
        greatest(
            {{ utc_time(
                '(days.local_day + hours.start_minute * interval 1 minute)', 'hours.time_zone'
            ) }},
            hours.valid_from
        ) as started_at,
        least(
            {{ utc_time(
                '(days.local_day + hours.end_minute * interval 1 minute)', 'hours.time_zone'
            ) }},
            hours.valid_until
        ) as ended_at
    from days
    inner join hours
        on days.service = hours.service
        and isodow(days.local_day) = hours.weekday
),

marked as (
    select
        *,
        coalesce(
            started_at > max(ended_at) over (
                partition by service
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from spans
    where started_at < ended_at
),

numbered as (
    select
        *,
        sum(is_new::integer) over (partition by service order by started_at, ended_at) as island
    from marked
),

-- Neither midnight nor a new policy is an end where the hours go on behind it.
merged as (
    select
        service,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from numbered
    group by service, island
)

select * from merged
