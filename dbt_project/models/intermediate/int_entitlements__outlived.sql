with held as (
    select * from {{ ref('int_entitlements__held') }}
),

sighted as (
    select * from {{ ref('int_entitlements__sighted') }}
),

sights as (
    select
        held.entitlement_id,
        held.source_name,
        held.system,
        held.account,
        held.engineer_id,
        held.resource_id,
        held.resource_name,
        held.permission,
        held.granted_via,
        held.last_used_at,
        sighted.observed_at,
        sighted.expires_at
    from sighted
    inner join held on sighted.entitlement_id = held.entitlement_id
),

alive as (
    select * from sights
    where coalesce(expires_at > observed_at, true)
),

-- A renewal under another name keeps the right alive.
outlived as (
    select
        sights.engineer_id,
        sights.account,
        sights.system,
        sights.resource_id,
        sights.resource_name,
        sights.permission,
        sights.granted_via,
        sights.expires_at,
        max(sights.observed_at) as last_observed_at,
        count(distinct sights.observed_at) as snapshots_seen,
        bool_or(coalesce(sights.last_used_at > sights.expires_at, false)) as is_used
    from sights
    anti join alive
        on sights.source_name = alive.source_name
        and sights.system = alive.system
        and sights.account = alive.account
        and sights.permission = alive.permission
        and sights.observed_at = alive.observed_at
        and coalesce(sights.resource_name, '') = coalesce(alive.resource_name, '')
    where
        sights.observed_at
        > sights.expires_at + interval '{{ var("expired_after_hours") }} hours'
    group by all
)

select * from outlived
