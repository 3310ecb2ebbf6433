with named as (
    select * from {{ ref('int_entitlements__named') }}
),

privileged_names as (
    select * from {{ ref('stg_policy__privileged') }}
),

break_glass_names as (
    select * from {{ ref('stg_policy__break_glass') }}
),

rights as (
    select distinct
        system,
        permission,
        account
    from named
),

privileged_rights as (
    select distinct
        rights.system,
        rights.permission
    from rights
    inner join privileged_names
        on rights.system glob privileged_names.system_glob
        and rights.permission glob privileged_names.permission_glob
),

break_glass_rights as (
    select distinct
        rights.system,
        rights.permission,
        rights.account
    from rights
    inner join break_glass_names
        on rights.system glob break_glass_names.system_glob
        and (
            rights.permission glob break_glass_names.name_glob
            or rights.account glob break_glass_names.name_glob
        )
),

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
        named.is_privileged or privileged_rights.permission is not null as privileged,
        break_glass_rights.permission is not null as break_glass
    from named
    left outer join privileged_rights
        on named.system = privileged_rights.system
        and named.permission = privileged_rights.permission
    left outer join break_glass_rights
        on named.system = break_glass_rights.system
        and named.permission = break_glass_rights.permission
        and named.account = break_glass_rights.account
)

select * from classed
