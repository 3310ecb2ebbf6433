with requests as (
    select * from {{ ref('int_requests__approved') }}
    where engineer_id is not null and resource_id is not null and ended_at is not null
),

temporary as (
    select * from {{ ref('int_entitlements__temporary') }}
    where engineer_id is not null and resource_id is not null
),

ended as (
    select
        request_id as grant_id,
        engineer_id,
        resource_id,
        permission,
        ended_at
    from requests
    union
    select
        granted_via as grant_id,
        engineer_id,
        resource_id,
        permission,
        expires_at as ended_at
    from temporary
)

select * from ended
