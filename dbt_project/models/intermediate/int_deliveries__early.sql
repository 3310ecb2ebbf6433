with deliveries as (
    select * from {{ ref('int_deliveries__timed') }}
),

-- What a file tells cannot have happened after the file had arrived.
ahead as (
    select
        *,
        {{ seconds_between('arrived_at', 'last_at') }} as offset_seconds
    from deliveries
),

early as (
    select
        source_name,
        system,
        event_day,
        count(*) as files,
        max(offset_seconds) as offset_seconds,
        max(last_at) as last_at,
        arg_max(last_event_id, (last_at, raw_file)) as event_id,
        arg_max(raw_file, (last_at, raw_file)) as raw_file
    from ahead
    where offset_seconds > {{ var('clock_skew_seconds') }}
    group by source_name, system, event_day
)

select * from early
