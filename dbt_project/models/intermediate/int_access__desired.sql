with roles as (
    select * from {{ ref('int_entitlements__by_role') }}
),

shift_access as (
    select * from {{ ref('stg_policy__shift_access') }}
),

exceptions as (
    select * from {{ ref('stg_policy__exceptions') }}
),

shifts as (
    select * from {{ ref('int_shifts__merged') }}
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

-- A null beginning or end means that there is none.
desired as (
    select
        engineer_id,
        resource_id,
        permission,
        'role' as cause,
        null::varchar as cause_id,
        valid_from,
        valid_until
    from roles
    union by name
    select
        shifts.engineer_id,
        shift_access.resource_id,
        shift_access.permission,
        'shift' as cause,
        shifts.shift_id as cause_id,
        {{ shift_opens('shifts.started_at') }} as valid_from,
        {{ shift_closes('shifts.ended_at') }} as valid_until
    from shifts
    inner join shift_access
        on shifts.service = shift_access.service
        and {{ is_valid_at('shift_access', 'shifts.started_at') }}
    union by name
    -- Who answers an incident may hold what a shift for its service would give them.
    select
        responders.engineer_id,
        shift_access.resource_id,
        shift_access.permission,
        'incident' as cause,
        incidents.incident_id as cause_id,
        greatest(responders.joined_at, incidents.started_at) as valid_from,
        incidents.ended_at + interval '{{ var("incident_after_minutes") }} minutes' as valid_until
    from incidents
    inner join responders on incidents.incident_id = responders.incident_id
    inner join shift_access
        on incidents.service = shift_access.service
        and {{ is_valid_at('shift_access', 'incidents.started_at') }}
    union by name
    select
        engineer_id,
        resource_id,
        coalesce(permission, '*') as permission,
        'request' as cause,
        request_id as cause_id,
        started_at as valid_from,
        ended_at as valid_until
    from requests
    union by name
    select
        engineer_id,
        resource_id,
        permission,
        'exception' as cause,
        null as cause_id,
        valid_from,
        least(expires_at, valid_until) as valid_until
    from exceptions
)

select * from desired
