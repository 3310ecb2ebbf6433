{{ config(materialized='table') }}

with shifts as (
    select
        engineer_id,
        {{ shift_opens('started_at') }} as started_at,
        {{ shift_closes('ended_at') }} as ended_at
    from {{ ref('int_shifts__merged') }}
    where engineer_id is not null and not coalesce(is_retroactive, false)
),

marked as (
    select
        *,
        coalesce(
            started_at > max(ended_at) over (
                partition by engineer_id
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from shifts
),

numbered as (
    select
        *,
        sum(is_new::integer) over (
            partition by engineer_id
            order by started_at, ended_at
        ) as island
    from marked
),

on_duty as (
    select
        engineer_id,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from numbered
    group by engineer_id, island
)

select * from on_duty
