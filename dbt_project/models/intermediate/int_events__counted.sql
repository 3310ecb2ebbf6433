{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

counted as (
    select
        source_name,
        event_day,
        date_trunc('hour', occurred_at) as hour_start,
        count(*) as records,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    where {{ is_replaced() }}
    group by all
)

select * from counted
