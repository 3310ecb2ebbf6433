{{ config(materialized='table') }}

with shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where not coalesce(is_retroactive, false)
),

incidents as (
    select * from {{ ref('int_incidents__unioned') }}
),

responders as (
    select * from {{ ref('int_incident_responders') }}
),

requests as (
    select * from {{ ref('int_requests__approved') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

run as (
    select * from {{ ref('stg_control__run') }}
),

windows as (
    select
        engineer_id,
        service,
        null::varchar as resource_id,
        {{ shift_opens('started_at') }} as started_at,
        {{ shift_closes('ended_at') }} as ended_at,
        'shift' as cause,
        shift_id as cause_id
    from shifts
    union all
    -- While nobody has resolved the incident, its responders may work on it.
    select
        responders.engineer_id,
        incidents.service,
        null as resource_id,
        incidents.started_at,
        coalesce(
            incidents.ended_at + interval '{{ var("incident_after_minutes") }} minutes',
            run.until
        ) as ended_at,
        'incident' as cause,
        incidents.incident_id as cause_id
    from incidents
    inner join responders on incidents.incident_id = responders.incident_id
    cross join run
    union all
    select
        requests.engineer_id,
        resources.service,
        requests.resource_id,
        requests.started_at,
        coalesce(requests.ended_at, run.until) as ended_at,
        'request' as cause,
        requests.request_id as cause_id
    from requests
    inner join resources
        on requests.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'requests.started_at') }}
    cross join run
),

allowed as (
    select *
    from windows
    where engineer_id is not null and service is not null and started_at < ended_at
)

select * from allowed
