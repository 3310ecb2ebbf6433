{{ config(materialized='table') }}

with by_role as (
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
    where engineer_id is not null
),

requests as (
    select * from {{ ref('int_requests__approved') }}
    where engineer_id is not null and resource_id is not null
),

by_shift as (
    select
        shifts.engineer_id,
        shift_access.resource_id,
        shift_access.permission,
        'shift' as cause,
        shifts.started_at - interval '{{ var("grace_before_minutes") }} minutes' as valid_from,
        shifts.ended_at + interval '{{ var("grace_after_minutes") }} minutes' as valid_until
    from shifts
    inner join shift_access on shifts.service = shift_access.service
),

-- A null beginning or end means that there is none.
allowed as (
    select
        engineer_id,
        resource_id,
        permission,
        'role' as cause,
        valid_from,
        valid_until
    from by_role
    union
    select * from by_shift
    union
    select
        engineer_id,
        resource_id,
        permission,
        'exception' as cause,
        null as valid_from,
        expires_at as valid_until
    from exceptions
    union
    select
        engineer_id,
        resource_id,
        coalesce(permission, '*') as permission,
        'request' as cause,
        started_at as valid_from,
        ended_at as valid_until
    from requests
)

select * from allowed
where coalesce(valid_from < valid_until, true)
