{{ config(materialized='table') }}

with entries as (
    select * from {{ ref('int_schedules__entries') }}
),

service_schedules as (
    select * from {{ ref('stg_policy__service_schedules') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
),

-- The policy names a schedule by its name or by its id, in any case.
scheduled as (
    select
        service_schedules.service,
        entries.source_name,
        entries.schedule_id,
        service_schedules.valid_from,
        service_schedules.valid_until,
        min(entries.schedule) as schedule,
        min(sources.system) as system,
        bool_and(service_schedules.is_fallback) as is_fallback
    from entries
    inner join service_schedules
        on lower(service_schedules.schedule) in (
            lower(entries.schedule), lower(entries.schedule_id)
        )
    left outer join sources on entries.source_name = sources.source_name
    group by
        service_schedules.service,
        entries.source_name,
        entries.schedule_id,
        service_schedules.valid_from,
        service_schedules.valid_until
)

select * from scheduled
