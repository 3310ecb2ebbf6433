{{ config(materialized='table') }}

with changed as (
    select * from {{ ref('int_sessions__changed') }}
),

sessions as (
    select * from {{ ref('int_sessions__built') }}
),

differing as (
    select * from {{ ref('int_sessions__differing') }}
    where decides = 'engineer'
),

-- Who was there before and is told of otherwise: all that they ever did is compared anew.
moved as (
    select subject
    from differing
    group by subject
    having count(*) > 1
),

touched as (
    select was_on as event_day from changed
    union all
    select cast(sessions.started_at as date) as event_day
    from sessions
    semi join changed on sessions.session_id = changed.session_id
    union all
    select date '0001-01-01' as event_day from moved
)

select coalesce(min(event_day), date '9999-12-31') as first_day
from touched
