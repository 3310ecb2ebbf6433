with recorded as (
    select * from {{ ref('int_shifts__recorded') }}
),

service_schedules as (
    select * from {{ ref('stg_policy__service_schedules') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

covered as (
    select distinct
        recorded.source_name,
        recorded.schedule_id,
        service_schedules.service,
        service_schedules.valid_from,
        service_schedules.valid_until
    from recorded
    inner join service_schedules
        on lower(service_schedules.schedule) in (
            lower(recorded.schedule), lower(recorded.schedule_id)
        )
),

assigned as (
    select
        recorded.source_name,
        recorded.schedule_id,
        recorded.schedule,
        covered.service,
        people.engineer_id,
        recorded.person,
        recorded.level,
        recorded.started_at,
        recorded.ended_at,
        recorded.origin,
        recorded.recorded_at,
        recorded.last_absent_at
    from recorded
    left outer join covered
        on recorded.source_name = covered.source_name
        and recorded.schedule_id = covered.schedule_id
        and {{ is_valid_at('covered', 'recorded.started_at') }}
    left outer join people on recorded.person = people.name_key
)

select * from assigned
