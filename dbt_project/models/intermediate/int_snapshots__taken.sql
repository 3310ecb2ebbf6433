{{ config(materialized='table') }}

with permissions as (
    select * from {{ ref('stg_generic__permissions') }}
),

principals as (
    select * from {{ ref('stg_aws_iam__principals') }}
),

good as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

observed as (
    select
        system,
        source_name,
        observed_at
    from permissions
    union
    select
        system,
        source_name,
        observed_at
    from principals
),

-- A half-empty snapshot proves nothing about the rights it lacks.
taken as (
    select distinct
        observed.system,
        observed.observed_at
    from observed
    semi join good
        on observed.source_name = good.source_name
        and observed.observed_at = good.observed_at
)

select * from taken
