{{ config(materialized='table') }}

with counted as (
    select * from {{ ref('int_events__counted') }}
),

proven as (
    select * from {{ ref('int_digests__proven') }}
),

-- Of an hour that is proved whole nothing is unheard, whether it has records or not.
heard as (
    select
        coalesce(counted.source_name, proven.source_name) as source_name,
        coalesce(counted.hour_start, proven.hour_start) as hour_start,
        coalesce(counted.records, 0) as records,
        least(counted.first_at, proven.hour_start) as first_at,
        greatest(counted.last_at, proven.hour_start + interval '1 hour') as last_at
    from counted
    full outer join proven
        on counted.source_name = proven.source_name
        and counted.hour_start = proven.hour_start
)

select * from heard
