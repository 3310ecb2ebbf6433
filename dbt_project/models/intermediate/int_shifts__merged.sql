{{ config(materialized='table') }}

with assigned as (
    select
        *,
        coalesce(engineer_id, person) as holder
    from {{ ref('int_shifts__assigned') }}
),

marked as (
    select
        *,
        coalesce(
            started_at > max(ended_at) over (
                partition by schedule, service, holder, is_retroactive
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from assigned
),

numbered as (
    select
        *,
        sum(is_new::integer) over (
            partition by schedule, service, holder, is_retroactive
            order by started_at, ended_at
        ) as island
    from marked
),

merged as (
    select
        schedule,
        service,
        holder,
        min(engineer_id) as engineer_id,
        min(person) as person,
        min(level) as level,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        coalesce(max(origin) filter (where origin <> 'rotation'), 'rotation') as origin,
        max(recorded_at) as recorded_at,
        max(last_absent_at) as last_absent_at,
        is_retroactive
    from numbered
    group by schedule, service, holder, is_retroactive, island
),

shifts as (
    select
        md5(concat_ws('|', schedule, coalesce(service, ''), holder, started_at)) as shift_id,
        schedule,
        service,
        engineer_id,
        person,
        level,
        started_at,
        ended_at,
        origin,
        recorded_at,
        last_absent_at,
        is_retroactive
    from merged
)

select * from shifts
