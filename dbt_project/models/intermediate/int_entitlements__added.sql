with new_rights as (
    select * from {{ ref('int_entitlements__new') }}
),

continued as (
    select * from {{ ref('int_entitlements__continued') }}
),

added as (
    select new_rights.*
    from new_rights
    anti join continued on new_rights.entitlement_id = continued.entitlement_id
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
from added
