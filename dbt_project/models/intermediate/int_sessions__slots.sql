{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

-- Only the first and the last event of a slot can stand beside a gap: the events need no sorting.
slots as (
    select
        stream_id,
        event_day,
        {{ gap_slot('occurred_at') }} as slot,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    where
        stream_id is not null
        and {{ is_replaced() }}
    group by all
)

select * from slots
