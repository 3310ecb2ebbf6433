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

-- As running counts, two hours tell of all that lie between them.
hours as (
    select
        source_name,
        hour_start,
        count_if(state not in ('blind', 'removed')) over (
            partition by source_name order by hour_start
        ) as seen_hours
    from {{ ref('int_coverage__hours') }}
),

spans as (
    select
        *,
        greatest(started_at, ended_at - interval '1 microsecond') as last_at
    from found
),

-- A raw record tells its source; what follows from no record rests on every log of the system.
due as (
    select
        spans.finding_id,
        sources.source_name,
        date_trunc('hour', spans.started_at) as first_hour,
        date_trunc('hour', spans.last_at) as last_hour
    from spans
    inner join sources on spans.system = sources.system
    left outer join batches on spans.raw_file = batches.path
    where coalesce(batches.source_name = sources.source_name, true)
),

-- An hour of which nothing is known, for it lies before all logs, counts as blind.
rested as (
    select
        due.finding_id,
        due.source_name,
        date_diff('hour', due.first_hour, due.last_hour) + 1 as hours,
        coalesce(until.seen_hours, 0) - coalesce(before.seen_hours, 0) as seen_hours
    from due
    asof left join hours as until
        on due.source_name = until.source_name
        and due.last_hour >= until.hour_start
    asof left join hours as before
        on due.source_name = before.source_name
        and due.first_hour > before.hour_start
),

covered as (
    select
        finding_id,
        sum(hours) as hours,
        sum(hours) - sum(seen_hours) as blind_hours,
        case
            when sum(seen_hours) = sum(hours) then 'seen'
            when sum(seen_hours) = 0 then 'blind'
            else 'partly blind'
        end as coverage_state
    from rested
    group by finding_id
)

select * from covered
