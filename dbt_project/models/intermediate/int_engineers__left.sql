{{ config(materialized='table') }}

with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'directory'
),

-- Who comes back has another first day.
stints as (
    select
        engineer_id,
        source_name,
        observed_at,
        ended_at,
        coalesce(started_at, timestamp '-infinity') as stint_started_at
    from directory
    where engineer_id is not null
),

latest as (
    select *
    from stints
    qualify
        row_number() over (
            partition by engineer_id, stint_started_at
            order by observed_at desc, source_name asc, ended_at asc nulls last
        ) = 1
),

-- Who is missing from a good snapshot has left, whether or not anybody entered a last day.
vanished as (
    select
        latest.engineer_id,
        latest.stint_started_at,
        min(snapshots.observed_at) as vanished_at
    from latest
    inner join snapshots
        on latest.source_name = snapshots.source_name
        and latest.observed_at < snapshots.observed_at
    group by all
),

recorded as (
    select
        latest.engineer_id,
        latest.stint_started_at,
        min(stints.observed_at) filter (where stints.ended_at is not distinct from latest.ended_at)
            as recorded_at,
        max(stints.observed_at) filter (where stints.ended_at is distinct from latest.ended_at)
            as unrecorded_at
    from latest
    inner join stints
        on latest.engineer_id = stints.engineer_id
        and latest.stint_started_at = stints.stint_started_at
    group by all
),

left_behind as (
    select
        latest.engineer_id,
        coalesce(latest.ended_at, vanished.vanished_at) as ended_at,
        if(latest.ended_at is null, vanished.vanished_at, recorded.recorded_at) as recorded_at,
        if(latest.ended_at is null, latest.observed_at, recorded.unrecorded_at) as unrecorded_at,
        lead(latest.stint_started_at) over stints_of_one as returned_at
    from latest
    inner join recorded
        on latest.engineer_id = recorded.engineer_id
        and latest.stint_started_at = recorded.stint_started_at
    left outer join vanished
        on latest.engineer_id = vanished.engineer_id
        and latest.stint_started_at = vanished.stint_started_at
    window stints_of_one as (partition by latest.engineer_id order by latest.stint_started_at)
)

select * from left_behind
where ended_at < coalesce(returned_at, timestamp 'infinity')
