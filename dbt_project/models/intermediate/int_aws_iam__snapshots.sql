with principals as (
    select * from {{ ref('stg_aws_iam__principals') }}
),

counted as (
    select
        'permissions' as kind,
        source_name,
        system,
        observed_at,
        count(*) as records
    from principals
    group by all
)

select * from counted
