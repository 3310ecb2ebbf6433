with held as (
    select * from {{ ref('int_entitlements__held') }}
),

excess as (
    select * from {{ ref('int_entitlements__excess') }}
),

missing as (
    select * from {{ ref('int_entitlements__missing') }}
),

expired as (
    select * from {{ ref('int_entitlements__expired') }}
),

differences as (
    select
        'excess' as kind,
        entitlement_id,
        observed_at,
        last_observed_at
    from excess
    union all
    select
        'added' as kind,
        entitlement_id,
        first_seen_at as observed_at,
        first_seen_at as last_observed_at
    from held
    where first_ordinal > 1
    union all
    select
        'removed' as kind,
        entitlement_id,
        valid_until as observed_at,
        valid_until as last_observed_at
    from held
    where valid_until is not null
    union all
    select
        'expired' as kind,
        entitlement_id,
        observed_at,
        last_observed_at
    from expired
),

drifted as (
    select
        differences.kind,
        differences.observed_at,
        differences.last_observed_at,
        held.engineer_id,
        held.account,
        held.system,
        held.resource_id,
        held.resource_name,
        held.permission,
        held.granted_via,
        differences.entitlement_id
    from differences
    inner join held on differences.entitlement_id = held.entitlement_id
    union all
    select
        'missing' as kind,
        observed_at,
        observed_at as last_observed_at,
        engineer_id,
        null as account,
        system,
        resource_id,
        null as resource_name,
        permission,
        null as granted_via,
        null as entitlement_id
    from missing
)

select * from drifted
