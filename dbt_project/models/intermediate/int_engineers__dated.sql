{{ config(materialized='table') }}

with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

seen as (
    select
        engineer_id,
        observed_at,
        any_value(team order by source_name) as team,
        any_value(role order by source_name) as role,
        any_value(time_zone order by source_name) as time_zone
    from directory
    where engineer_id is not null
    group by engineer_id, observed_at
),

changed as (
    select *
    from seen
    window history as (partition by engineer_id order by observed_at)
    qualify
        row_number() over history = 1
        or (team, role, time_zone) is distinct from (
            lag(team) over history, lag(role) over history, lag(time_zone) over history
        )
),

dated as (
    select
        engineer_id,
        team,
        role,
        time_zone,
        case when lag(observed_at) over history is not null then observed_at end as valid_from,
        lead(observed_at) over history as valid_until
    from changed
    window history as (partition by engineer_id order by observed_at)
)

select * from dated
