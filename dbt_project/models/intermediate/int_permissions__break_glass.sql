with spanned as (
    select * from {{ ref('int_entitlements__spanned') }}
),

names as (
    select * from {{ ref('stg_policy__break_glass') }}
),

permissions as (
    select distinct
        system,
        permission,
        account
    from spanned
),

break_glass as (
    select distinct
        permissions.system,
        permissions.permission,
        permissions.account,
        names.valid_from,
        names.valid_until
    from permissions
    inner join names
        on permissions.system glob names.system_glob
        and (
            permissions.permission glob names.name_glob
            or permissions.account glob names.name_glob
        )
)

select * from break_glass
