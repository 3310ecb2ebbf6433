with held as (
    select * from {{ ref('int_entitlements__held') }}
),

logged as (
    select * from {{ ref('int_coverage__unbroken') }}
),

last_used as (
    select
        held.engineer_id,
        held.account,
        held.system,
        held.resource_id,
        held.resource_name,
        held.permission,
        held.privileged,
        held.valid_from,
        held.last_seen_at,
        held.last_used_at,
        logged.logged_since,
        coalesce(held.resource_id, held.resource_name) as target
    from held
    left outer join logged on held.system = logged.system
    where
        held.valid_until is null
        and held.engineer_id is not null
        and coalesce(held.account_kind, 'human') <> 'service'
        and not coalesce(held.break_glass, false)
        and coalesce(held.resource_id, held.resource_name) is not null
)

select * from last_used
