{{ config(materialized='table') }}

with desired as (
    select * from {{ ref('int_access__desired') }}
),

allowed as (
    select distinct
        engineer_id,
        resource_id,
        permission,
        cause,
        valid_from,
        valid_until
    from desired
    where
        engineer_id is not null
        and resource_id is not null
        and coalesce(valid_from < valid_until, true)
)

select * from allowed
