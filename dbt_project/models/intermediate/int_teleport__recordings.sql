{{ kept_by_day() }}

with events as (
    select * from {{ ref('stg_teleport__events') }}
),

recordings as (
    select
        event_id,
        source_name,
        system,
        event,
        md5(concat_ws(chr(31), system, sid)) as session_id,
        session_recording,
        is_interactive,
        occurred_at,
        cast(occurred_at as date) as event_day,
        raw_file,
        raw_line
    from events
    where
        event in ('session.start', 'session.end', 'session.upload')
        and sid is not null
        and {{ is_replaced('occurred_at') }}
)

select * from recordings
