with held as (
    select * from {{ ref('int_entitlements__held') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

expired as (
    select
        held.entitlement_id,
        min(snapshots.observed_at) as observed_at,
        max(snapshots.observed_at) as last_observed_at
    from held
    inner join snapshots
        on held.source_name = snapshots.source_name
        and held.expires_at <= snapshots.observed_at
        and held.last_seen_at >= snapshots.observed_at
        and held.first_seen_at <= snapshots.observed_at
    group by held.entitlement_id
)

select * from expired
