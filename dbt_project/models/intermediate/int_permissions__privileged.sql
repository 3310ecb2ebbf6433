with spanned as (
    select * from {{ ref('int_entitlements__spanned') }}
),

names as (
    select * from {{ ref('stg_policy__privileged') }}
),

permissions as (
    select distinct
        system,
        permission
    from spanned
),

privileged as (
    select distinct
        permissions.system,
        permissions.permission,
        names.valid_from,
        names.valid_until
    from permissions
    inner join names
        on permissions.system glob names.system_glob
        and permissions.permission glob names.permission_glob
)

select * from privileged
