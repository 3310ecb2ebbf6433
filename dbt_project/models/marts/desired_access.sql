with desired as (
    select * from {{ ref('int_access__desired') }}
    where engineer_id is not null and resource_id is not null
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Nobody holds anything before they come or after they leave; least() passes over what is missing.
employed as (
    select
        desired.engineer_id,
        desired.resource_id,
        desired.permission,
        desired.cause,
        desired.cause_id,
        greatest(desired.valid_from, engineers.started_at) as valid_from,
        least(desired.valid_until, engineers.ended_at) as valid_until
    from desired
    inner join engineers on desired.engineer_id = engineers.engineer_id
),

published as (
    select
        engineer_id,
        resource_id,
        permission,
        cause,
        cause_id,
        valid_from,
        valid_until
    from employed
    where coalesce(valid_from < valid_until, true)
)

select * from published
