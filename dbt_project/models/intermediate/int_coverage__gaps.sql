with coverage as (
    select * from {{ ref('int_coverage__hours') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
),

heard as (
    select * from {{ ref('int_coverage__heard') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

blind as (
    select
        source_name,
        hour_start,
        hour_start
        - row_number() over (partition by source_name order by hour_start) * interval '1 hour'
            as island
    from coverage
    where state = 'blind'
),

-- A source of which no hour is known at all is blind for the whole audited time.
absent as (
    select
        sources.source_name,
        run.since as started_at,
        run.until as ended_at
    from sources
    cross join run
    anti join coverage on sources.source_name = coverage.source_name
    where sources.kind = 'logs'
),

gaps as (
    select
        source_name,
        min(hour_start) as started_at,
        max(hour_start) + interval '1 hour' as ended_at
    from blind
    group by source_name, island
    union all
    select * from absent
),

surrounded as (
    select
        gaps.source_name,
        gaps.started_at,
        gaps.ended_at,
        max(heard.last_at) filter (where heard.hour_start < gaps.started_at) as last_event_at,
        min(heard.first_at) filter (where heard.hour_start >= gaps.ended_at) as next_event_at
    from gaps
    left outer join heard on gaps.source_name = heard.source_name
    group by all
),

-- Silence lasts from record to record, not from one full hour to another.
measured as (
    select
        surrounded.*,
        sources.system,
        coalesce(sources.silent_hours, 6) as silent_hours,
        {{ seconds_between(
            'coalesce(surrounded.last_event_at, surrounded.started_at)',
            'coalesce(surrounded.next_event_at, least(surrounded.ended_at, run.until))'
        ) }} / 3600 as blind_hours
    from surrounded
    inner join sources on surrounded.source_name = sources.source_name
    cross join run
)

select * from measured
