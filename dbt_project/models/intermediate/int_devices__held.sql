{{ config(materialized='table') }}

with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'directory'
),

listed as (
    select distinct
        source_name,
        observed_at,
        engineer_id,
        unnest(from_json(try_cast(devices as json), '["VARCHAR"]')) as device_id
    from directory
    where engineer_id is not null and devices is not null
),

seen as (
    select
        listed.*,
        snapshots.previous_at,
        snapshots.next_at,
        snapshots.ordinal - row_number() over (
            partition by listed.source_name, listed.engineer_id, listed.device_id
            order by snapshots.ordinal
        ) as island
    from listed
    inner join snapshots
        on listed.source_name = snapshots.source_name
        and listed.observed_at = snapshots.observed_at
),

-- What tonight's inventory lists was at hand since last night's.
held as (
    select
        engineer_id,
        device_id,
        case
            when count(previous_at) = count(*) then min(previous_at)
            else timestamp '-infinity'
        end as valid_from,
        case when count(next_at) = count(*) then max(next_at) else timestamp 'infinity' end
            as valid_until
    from seen
    group by source_name, engineer_id, device_id, island
)

select * from held
