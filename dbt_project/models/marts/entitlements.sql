with held as (
    select * from {{ ref('int_entitlements__held') }}
),

published as (
    select
        entitlement_id,
        engineer_id,
        account,
        account_kind,
        system,
        resource_id,
        resource_name,
        permission,
        privileged,
        break_glass,
        granted_via,
        valid_from,
        valid_until,
        first_seen_at,
        last_seen_at,
        expires_at,
        last_used_at,
        source_name
    from held
)

select * from published
