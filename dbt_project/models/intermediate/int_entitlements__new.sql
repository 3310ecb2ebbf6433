with held as (
    select * from {{ ref('int_entitlements__held') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

known as (
    select * from {{ ref('int_requests__known') }}
),

-- What the first snapshot shows may have been there for ever.
new_rights as (
    select
        held.*,
        snapshots.previous_at
    from held
    inner join snapshots
        on held.source_name = snapshots.source_name
        and held.first_ordinal = snapshots.ordinal
    inner join known on held.first_seen_at < known.known_until
    where snapshots.previous_at is not null
)

select
    entitlement_id,
    source_name,
    system,
    account,
    engineer_id,
    resource_id,
    resource_name,
    permission,
    privileged,
    granted_via,
    granted_by,
    valid_from,
    first_seen_at,
    expires_at,
    previous_at
from new_rights
