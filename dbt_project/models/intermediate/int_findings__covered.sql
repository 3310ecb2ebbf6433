with found as (
    select * from {{ ref('int_findings__unioned') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
    where kind = 'logs'
),

batches as (
    select distinct
        source_name,
        path
    from {{ ref('stg_control__batches') }}
),

hours as (
    select * from {{ ref('int_coverage__hours') }}
),

-- A raw record tells its source; what follows from no record rests on every log of the system.
rested as (
    select
        found.finding_id,
        count(*) as hours,
        count_if(hours.state = 'blind') as blind_hours
    from found
    inner join sources on found.system = sources.system
    left outer join batches on found.raw_file = batches.path
    inner join hours
        on sources.source_name = hours.source_name
        and hours.hour_start <= found.ended_at
        and hours.hour_start > found.started_at - interval '1 hour'
    where coalesce(batches.source_name = sources.source_name, true)
    group by found.finding_id
),

covered as (
    select
        finding_id,
        hours,
        blind_hours,
        case
            when blind_hours = 0 then 'seen'
            when blind_hours = hours then 'blind'
            else 'partly blind'
        end as coverage_state
    from rested
)

select * from covered
