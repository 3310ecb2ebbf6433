with directory as (
    select * from {{ ref('stg_generic__directory') }}
),

permissions as (
    select * from {{ ref('stg_generic__permissions') }}
),

principals as (
    select * from {{ ref('stg_aws_iam__principals') }}
),

counted as (
    select
        'directory' as kind,
        source_name,
        observed_at,
        count(*) as records
    from directory
    group by all
    union all
    select
        'permissions' as kind,
        source_name,
        observed_at,
        count(*) as records
    from permissions
    group by all
    union all
    select
        'permissions' as kind,
        source_name,
        observed_at,
        count(*) as records
    from principals
    group by all
)

select * from counted
