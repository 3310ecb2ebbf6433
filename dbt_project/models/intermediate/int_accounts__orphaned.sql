with departures as (
    select * from {{ ref('int_engineers__left') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

sighted as (
    select * from {{ ref('int_entitlements__sighted') }}
),

accounts as (
    select * from {{ ref('int_accounts__listed') }}
    where is_enabled and engineer_id is not null
),

sights as (
    select
        held.engineer_id,
        held.system,
        held.account,
        held.resource_id,
        held.resource_name,
        held.permission,
        held.granted_via,
        sighted.observed_at
    from held
    inner join sighted on held.entitlement_id = sighted.entitlement_id
    where held.engineer_id is not null
    union all
    select
        engineer_id,
        system,
        account,
        null as resource_id,
        null as resource_name,
        null as permission,
        'directory' as granted_via,
        observed_at
    from accounts
),

orphaned as (
    select
        sights.engineer_id,
        sights.system,
        sights.account,
        sights.resource_id,
        sights.resource_name,
        sights.permission,
        sights.granted_via,
        departures.ended_at,
        departures.recorded_at,
        min(sights.observed_at) as first_observed_at,
        max(sights.observed_at) as last_observed_at,
        count(distinct sights.observed_at) as snapshots_seen
    from sights
    inner join departures
        on sights.engineer_id = departures.engineer_id
        and sights.observed_at
        > departures.ended_at + interval '{{ var("orphan_after_hours") }} hours'
        and sights.observed_at < coalesce(departures.returned_at, timestamp 'infinity')
    group by all
)

-- An account whose rights are seen needs no row of its own.
select *
from orphaned
where
    permission is not null
    or (system, account) not in (
        select (others.system, {{ account_key('others.account') }})
        from orphaned as others
        where others.permission is not null
    )
