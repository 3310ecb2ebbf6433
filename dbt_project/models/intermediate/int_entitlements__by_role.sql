with role_access as (
    select * from {{ ref('stg_policy__role_access') }}
),

employed as (
    select * from {{ ref('int_engineers__employed') }}
),

dated as (
    select * from {{ ref('int_engineers__dated') }}
),

-- Each bound may be missing, and greatest() and least() pass over what is.
by_role as (
    select
        dated.engineer_id,
        role_access.resource_id,
        role_access.permission,
        greatest(dated.valid_from, employed.started_at, role_access.valid_from) as valid_from,
        least(dated.valid_until, employed.ended_at, role_access.valid_until) as valid_until
    from dated
    inner join employed on dated.engineer_id = employed.engineer_id
    inner join role_access
        on (role_access.team is null or lower(dated.team) = lower(role_access.team))
        and (role_access.role is null or lower(dated.role) = lower(role_access.role))
        and coalesce(role_access.team, role_access.role) is not null
)

select * from by_role
