with entries as (
    select * from {{ ref('stg_ical__entries') }}
)

-- A calendar has no levels: whoever is in it is called first.
select
    source_name,
    observed_at,
    schedule as schedule_id,
    schedule,
    person,
    1 as level,
    coalesce(origin, 'rotation') as origin,
    true as is_final,
    started_at,
    ended_at,
    window_since,
    window_until
from entries
