with classed as (
    select * from {{ ref('int_entitlements__classed') }}
),

identities as (
    select * from {{ ref('int_identities__resolved') }}
),

service_accounts as (
    select * from {{ ref('stg_policy__service_accounts') }}
),

serving as (
    select distinct
        classed.system,
        classed.account,
        service_accounts.valid_from,
        service_accounts.valid_until
    from classed
    inner join service_accounts
        on classed.system glob service_accounts.system_glob
        and classed.account glob service_accounts.account_glob
),

owned as (
    select
        classed.source_name,
        classed.system,
        classed.account,
        classed.resource_name,
        classed.permission,
        classed.granted_via,
        classed.granted_by,
        classed.first_ordinal,
        classed.first_seen_at,
        classed.last_seen_at,
        classed.valid_until,
        classed.expires_at,
        classed.last_used_at,
        classed.valid_from,
        classed.resource_id,
        classed.is_privileged,
        classed.privileged,
        classed.break_glass,
        identities.engineer_id,
        coalesce(
            identities.kind,
            case when serving.account is not null then 'service' end,
            'unknown'
        ) as account_kind
    from classed
    left outer join identities
        on classed.system = identities.system
        and {{ account_key('classed.account') }} = identities.account
        and classed.last_seen_at >= identities.valid_from
        and classed.last_seen_at < coalesce(identities.valid_until, timestamp 'infinity')
    left outer join serving
        on classed.system = serving.system
        and classed.account = serving.account
        and {{ is_valid_at('serving', 'classed.last_seen_at') }}
)

select * from owned
