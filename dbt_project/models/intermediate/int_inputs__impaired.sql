with sources as (
    select * from {{ ref('int_sources__configured') }}
),

run as (
    select * from {{ ref('stg_control__run') }}
),

extractions as (
    select * from {{ ref('stg_control__extractions') }}
),

counted as (
    select * from {{ ref('int_snapshots__counted') }}
),

good as (
    select * from {{ ref('int_snapshots__good') }}
),

hours as (
    select * from {{ ref('int_coverage__hours') }}
),

-- A span that was tried again and then read whole is whole.
partial as (
    select extractions.source_name
    from extractions
    inner join run on extractions.read_at = run.started_at
    group by extractions.source_name, extractions.since, extractions.until
    having not bool_or(extractions.state = 'complete')
),

unread as (
    select
        kind as input,
        'the source ' || source_name || ' could not be read whole' as reason
    from sources
    where source_name in (select partial.source_name from partial)
),

latest as (
    select *
    from counted
    qualify row_number() over (partition by kind, source_name order by observed_at desc) = 1
),

half_read as (
    select
        latest.kind as input,
        'the snapshot of ' || latest.source_name || ' of ' || {{ moment('latest.observed_at') }}
        || ' is half read and left out' as reason
    from latest
    anti join good
        on latest.kind = good.kind
        and latest.source_name = good.source_name
        and latest.observed_at = good.observed_at
),

blind as (
    select
        'logs' as input,
        hours.source_name
        || case
            when bool_or(hours.state = 'removed') then ' was removed by retention or' else ' was'
        end
        || ' blind for ' || count_if(hours.state in ('blind', 'removed')) || ' of '
        || count(*) || ' h' as reason
    from hours
    inner join run on hours.hour_start >= run.since and hours.hour_start < run.until
    group by hours.source_name
    having bool_or(hours.state in ('blind', 'removed'))
),

impaired as (
    select * from unread
    union all
    select * from half_read
    union all
    select * from blind
    union all
    select
        input,
        reason
    from {{ ref('int_digests__unverified') }}
)

select * from impaired
