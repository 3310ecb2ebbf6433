with merged as (
    select * from {{ ref('int_shifts__merged') }}
),

published as (
    select
        shift_id,
        schedule,
        service,
        engineer_id,
        person,
        level::bigint as level,
        started_at,
        ended_at,
        origin,
        recorded_at,
        is_retroactive
    from merged
)

select * from published
