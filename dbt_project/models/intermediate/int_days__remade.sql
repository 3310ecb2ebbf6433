with days as (
    select * from {{ ref('int_days__retold') }}
),

run as (
    select * from {{ ref('int_run__current') }}
)

select days.event_day
from days
left outer join run on true
where days.told_by is not distinct from run.run_id
