{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

counted as (
    select
        source_name,
        system,
        event_day,
        raw_file,
        count(*) as records,
        max(occurred_at) as last_at,
        arg_max(event_id, (occurred_at, event_id)) as last_event_id
    from events
    where {{ is_replaced() }}
    group by all
)

select * from counted
