{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

days as (
    select distinct event_day
    from events
    where {{ is_replaced() }}
)

select
    days.event_day,
    run.run_id as built_by
from days
left outer join run on true
