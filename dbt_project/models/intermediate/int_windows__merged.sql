{{ config(materialized='table') }}

with allowed as (
    select * from {{ ref('int_windows__allowed') }}
),

-- A resource with windows of its own also has those of its whole service: so that a session
-- needs to be compared with one set of windows that do not overlap.
targets as (
    select distinct
        engineer_id,
        service,
        resource_id
    from allowed
    where resource_id is not null
),

spread as (
    select
        engineer_id,
        service,
        resource_id,
        started_at,
        ended_at
    from allowed
    union all
    select
        targets.engineer_id,
        targets.service,
        targets.resource_id,
        allowed.started_at,
        allowed.ended_at
    from targets
    inner join allowed
        on targets.engineer_id = allowed.engineer_id
        and targets.service = allowed.service
    where allowed.resource_id is null
),

marked as (
    select
        *,
        coalesce(
            started_at > max(ended_at) over (
                partition by engineer_id, service, resource_id
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from spread
),

numbered as (
    select
        *,
        sum(is_new::integer) over (
            partition by engineer_id, service, resource_id
            order by started_at, ended_at
        ) as island
    from marked
),

merged as (
    select
        engineer_id,
        service,
        resource_id,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from numbered
    group by engineer_id, service, resource_id, island
)

select * from merged
