with sources as (
    select * from {{ ref('stg_control__sources') }}
    where kind = 'logs'
),

run as (
    select max(until) as until from {{ ref('stg_control__run') }}
),

extractions as (
    select * from {{ ref('stg_control__extractions') }}
),

heard as (
    select * from {{ ref('int_coverage__known') }}
),

starts as (
    select
        source_name,
        since as start_at
    from extractions
    union all
    select
        source_name,
        first_at as start_at
    from heard
),

spans as (
    select
        sources.source_name,
        sources.silent_hours,
        min(starts.start_at) as started_at,
        run.until as ended_at
    from sources
    inner join starts on sources.source_name = starts.source_name
    cross join run
    group by all
),

hours as (
    select
        source_name,
        silent_hours,
        started_at,
        ended_at,
        unnest(
            range(date_trunc('hour', started_at), ended_at, interval '1 hour')
        ) as hour_start
    from spans
),

-- The silence round an hour lasts from the last record before it to the next one after it.
surrounded as (
    select
        hours.source_name,
        hours.hour_start,
        hours.silent_hours,
        coalesce(heard.records, 0) as records,
        greatest(hours.hour_start, hours.started_at) as slot_since,
        least(hours.hour_start + interval '1 hour', hours.ended_at) as slot_until,
        coalesce(max(heard.last_at) over before, hours.started_at) as silent_since,
        coalesce(min(heard.first_at) over after, hours.ended_at) as silent_until
    from hours
    left outer join heard
        on hours.source_name = heard.source_name
        and hours.hour_start = heard.hour_start
    window
        before as (
            partition by hours.source_name order by hours.hour_start rows unbounded preceding
        ),
        after as (
            partition by hours.source_name
            order by hours.hour_start
            rows between current row and unbounded following
        )
)

select * from surrounded
