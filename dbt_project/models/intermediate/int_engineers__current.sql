{{ config(materialized='table') }}

with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
),

latest as (
    select *
    from directory
    where engineer_id is not null
    qualify
        row_number() over (
            partition by engineer_id
            order by observed_at desc, source_name asc, event_key asc
        ) = 1
),

-- Who is missing from a good snapshot has left, whether or not anybody entered a last day.
vanished as (
    select
        latest.engineer_id,
        min(snapshots.observed_at) as vanished_at
    from latest
    inner join snapshots
        on latest.source_name = snapshots.source_name
        and latest.observed_at < snapshots.observed_at
        and snapshots.kind = 'directory'
    group by latest.engineer_id
),

engineers as (
    select
        latest.engineer_id,
        latest.name,
        latest.email,
        latest.team,
        latest.role,
        latest.time_zone,
        latest.started_at,
        coalesce(latest.ended_at, vanished.vanished_at) as ended_at
    from latest
    left outer join vanished on latest.engineer_id = vanished.engineer_id
)

select * from engineers
