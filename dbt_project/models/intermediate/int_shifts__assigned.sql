with dated as (
    select * from {{ ref('int_shifts__dated') }}
),

scheduled as (
    select * from {{ ref('int_services__scheduled') }}
    where not is_fallback
),

people as (
    select * from {{ ref('int_people__named') }}
),

assigned as (
    select
        dated.source_name,
        dated.schedule_id,
        dated.schedule,
        scheduled.service,
        people.engineer_id,
        dated.person,
        dated.level,
        dated.started_at,
        dated.ended_at,
        dated.origin,
        dated.recorded_at,
        dated.last_absent_at,
        dated.is_retroactive
    from dated
    left outer join scheduled
        on dated.source_name = scheduled.source_name
        and dated.schedule_id = scheduled.schedule_id
        and {{ is_valid_at('scheduled', 'dated.started_at') }}
    left outer join people on dated.person = people.name_key
)

select * from assigned
