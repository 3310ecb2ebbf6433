{{ config(materialized='table') }}
{%- set kept = kept_rows('int_sessions__hours_counted') %}

{% if kept %}
with hourly as (
    select
        *,
        started_at::date as event_day
    from {{ ref('int_sessions__hourly') }}
),

kept as (
    select * from {{ kept }}
),

changed as (
    select min(least(kept.event_day, hourly.event_day)) as first_day
    from hourly
    full outer join kept on hourly.session_id = kept.session_id
    where hourly.told is distinct from kept.told
)

select coalesce(first_day, date '9999-12-31') as first_day
from changed
{% else %}
-- Depends on {{ ref('int_sessions__hourly') }} all the same.
select date '0001-01-01' as first_day
{% endif %}
