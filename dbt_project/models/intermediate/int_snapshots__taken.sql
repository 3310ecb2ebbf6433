{{ config(materialized='table') }}

with counted as (
    select * from {{ ref('int_snapshots__counted') }}
    where kind = 'permissions'
),

good as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

-- A half-empty snapshot proves nothing about the rights it lacks.
taken as (
    select distinct
        counted.system,
        counted.observed_at
    from counted
    semi join good
        on counted.source_name = good.source_name
        and counted.observed_at = good.observed_at
)

select * from taken
