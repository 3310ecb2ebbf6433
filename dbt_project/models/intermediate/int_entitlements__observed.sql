with held as (
    select * from {{ ref('int_entitlements__held') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__taken') }}
),

resources as (
    select * from {{ ref('int_resources__held') }}
),

privileged_rights as (
    select * from {{ ref('int_permissions__privileged') }}
),

break_glass_rights as (
    select * from {{ ref('int_permissions__break_glass') }}
),

-- By what the policy said when the snapshot was taken, whatever it says today.
observed as (
    select
        held.entitlement_id,
        held.source_name,
        held.system,
        held.account,
        held.account_kind,
        held.engineer_id,
        held.resource_name,
        held.permission,
        held.granted_via,
        held.granted_by,
        held.first_ordinal,
        held.first_seen_at,
        held.last_seen_at,
        held.valid_from,
        held.valid_until,
        held.expires_at,
        held.last_used_at,
        snapshots.observed_at,
        resources.resource_id,
        coalesce(held.is_privileged, false) or privileged_rights.permission is not null
            as privileged,
        break_glass_rights.permission is not null as break_glass
    from held
    inner join snapshots
        on held.system = snapshots.system
        and held.valid_from <= snapshots.observed_at
        and held.last_seen_at >= snapshots.observed_at
    left outer join resources
        on held.system = resources.system
        and held.resource_name = resources.resource_name
        -- A right to whatever fits a pattern is already one for each that does.
        and (
            not {{ is_pattern('held.resource_name') }}
            or held.resource_id = resources.resource_id
        )
        and {{ is_valid_at('resources', 'snapshots.observed_at') }}
    left outer join privileged_rights
        on held.system = privileged_rights.system
        and held.permission = privileged_rights.permission
        and {{ is_valid_at('privileged_rights', 'snapshots.observed_at') }}
    left outer join break_glass_rights
        on held.system = break_glass_rights.system
        and held.permission = break_glass_rights.permission
        and held.account = break_glass_rights.account
        and {{ is_valid_at('break_glass_rights', 'snapshots.observed_at') }}
)

select * from observed
