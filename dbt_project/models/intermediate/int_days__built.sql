{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

days as (
    select
        event_day,
        count(*) as events
    from events
    where {{ is_replaced() }}
    group by event_day
)

select
    days.event_day,
    days.events,
    run.run_id as built_by
from days
left outer join run on true
