{{ kept_by_day() }}

with changed as (
    select * from {{ ref('int_sessions__changed') }}
),

parts as (
    select * from {{ ref('int_sessions__parts') }}
    where session_id in (select changed.session_id from changed)
),

run as (
    select * from {{ ref('int_run__current') }}
),

-- A session begins with its first event, or where one says so before it.
days as (
    select was_on as event_day from changed
    union
    select cast(first_at as date) as event_day from parts
    union
    select cast(told_start_at as date) as event_day from parts
)

select
    days.event_day,
    run.run_id as told_by
from days
left outer join run on true
where days.event_day is not null
