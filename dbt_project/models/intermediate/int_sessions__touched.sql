{{ config(materialized='table') }}

with changed as (
    select * from {{ ref('int_sessions__changed') }}
),

remade as (
    select * from {{ ref('int_days__remade') }}
),

sessions as (
    select * from {{ ref('int_sessions__built') }}
),

differing as (
    select * from {{ ref('int_sessions__differing') }}
),

people as (
    select
        subject,
        count(*) > 1 as was_told_otherwise
    from differing
    where decides = 'engineer'
    group by subject
),

-- Of a team that somebody joined or left, all that it ever did is compared anew.
moved as (
    select * from people
    where was_told_otherwise
),

touched as (
    select was_on as event_day from changed
    union all
    select sessions.started_on as event_day
    from sessions
    semi join remade on sessions.started_on = remade.event_day
    semi join changed on sessions.session_id = changed.session_id
    union all
    select date '0001-01-01' as event_day from moved
    union all
    select sessions.started_on as event_day
    from sessions
    semi join people on sessions.engineer_id = people.subject
    union all
    select cast(started_at as date) as event_day
    from differing
    where decides = 'page'
)

select coalesce(min(event_day), date '9999-12-31') as first_day
from touched
