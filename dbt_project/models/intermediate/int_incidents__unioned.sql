{{ config(materialized='table') }}

with observed as (
    select * from {{ ref('int_incidents__observed') }}
),

services as (
    select * from {{ ref('stg_policy__services') }}
),

latest as (
    select *
    from observed
    qualify
        row_number() over (
            partition by incident_id
            order by observed_at desc, source_name asc, raw_file asc, raw_line asc
        ) = 1
),

-- An incident on a service that the policy does not name keeps the name its own system uses.
named as (
    select
        latest.incident_id,
        coalesce(by_name.service, by_id.service, latest.service_name) as service,
        latest.started_at,
        latest.ended_at,
        latest.severity,
        latest.title,
        latest.status,
        latest.source_name
    from latest
    left outer join services as by_name
        on lower(latest.service_name) = lower(by_name.service)
        and {{ is_valid_at('by_name', 'latest.started_at') }}
    left outer join services as by_id
        on lower(latest.service_id) = lower(by_id.service)
        and {{ is_valid_at('by_id', 'latest.started_at') }}
)

select * from named
