with spanned as (
    select * from {{ ref('int_entitlements__spanned') }}
),

resources as (
    select * from {{ ref('int_resources__held') }}
),

-- As the policy had it when the right was last seen.
named as (
    select
        spanned.source_name,
        spanned.system,
        spanned.account,
        spanned.resource_name,
        spanned.permission,
        spanned.granted_via,
        spanned.granted_by,
        spanned.first_ordinal,
        spanned.first_seen_at,
        spanned.last_seen_at,
        spanned.valid_until,
        spanned.is_privileged,
        spanned.expires_at,
        spanned.last_used_at,
        spanned.valid_from,
        resources.resource_id
    from spanned
    left outer join resources
        on spanned.system = resources.system
        and spanned.resource_name = resources.resource_name
        and {{ is_valid_at('resources', 'spanned.last_seen_at') }}
)

select * from named
