with held as (
    select * from {{ ref('int_entitlements__held') }}
),

given as (
    select * from {{ ref('int_entitlements__given') }}
),

-- What a role, an exception or a shift gives lasts as long as that does. Shifts may not be known as
-- far back as a right is, but they are when it was first seen.
temporary as (
    select held.*
    from held
    anti join given
        on held.engineer_id = given.engineer_id
        and held.resource_id = given.resource_id
        and given.permission in ('*', held.permission)
        and given.cause <> 'request'
        and held.first_seen_at >= given.given_from
        and held.valid_from < given.given_until
    where held.expires_at is not null and not coalesce(held.break_glass, false)
)

select
    entitlement_id,
    engineer_id,
    account,
    account_kind,
    system,
    resource_id,
    resource_name,
    permission,
    granted_via,
    valid_from,
    expires_at
from temporary
