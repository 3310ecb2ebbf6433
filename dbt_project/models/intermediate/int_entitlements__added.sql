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

select * from added
