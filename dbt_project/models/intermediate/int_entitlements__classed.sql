with named as (
    select * from {{ ref('int_entitlements__named') }}
),

privileged_rights as (
    select * from {{ ref('int_permissions__privileged') }}
),

break_glass_rights as (
    select * from {{ ref('int_permissions__break_glass') }}
),

-- As the policy had it when the right was last seen.
classed as (
    select
        named.source_name,
        named.system,
        named.account,
        named.resource_name,
        named.permission,
        named.granted_via,
        named.granted_by,
        named.first_ordinal,
        named.first_seen_at,
        named.last_seen_at,
        named.valid_until,
        named.expires_at,
        named.last_used_at,
        named.valid_from,
        named.resource_id,
        named.is_privileged,
        named.is_privileged or privileged_rights.permission is not null as privileged,
        break_glass_rights.permission is not null as break_glass
    from named
    left outer join privileged_rights
        on named.system = privileged_rights.system
        and named.permission = privileged_rights.permission
        and {{ is_valid_at('privileged_rights', 'named.last_seen_at') }}
    left outer join break_glass_rights
        on named.system = break_glass_rights.system
        and named.permission = break_glass_rights.permission
        and named.account = break_glass_rights.account
        and {{ is_valid_at('break_glass_rights', 'named.last_seen_at') }}
)

select * from classed
