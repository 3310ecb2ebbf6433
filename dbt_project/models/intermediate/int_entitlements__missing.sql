with held as (
    select * from {{ ref('int_entitlements__held') }}
    where valid_until is null and resource_id is not null
),

allowed as (
    select * from {{ ref('int_entitlements__allowed') }}
    where cause = 'role' and permission <> '*'
),

-- Only of a resource that a latest snapshot speaks of can it be said that a right is missing.
covered as (
    select
        resource_id,
        min(system) as system,
        max(last_seen_at) as observed_at
    from held
    group by resource_id
),

missing as (
    select distinct
        allowed.engineer_id,
        covered.system,
        allowed.resource_id,
        allowed.permission,
        covered.observed_at
    from allowed
    inner join covered
        on allowed.resource_id = covered.resource_id
        and coalesce(allowed.valid_from <= covered.observed_at, true)
        and coalesce(allowed.valid_until > covered.observed_at, true)
    anti join held
        on allowed.engineer_id = held.engineer_id
        and allowed.resource_id = held.resource_id
        and allowed.permission = held.permission
)

select * from missing
