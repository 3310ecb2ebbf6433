with recordings as (
    select * from {{ ref('int_teleport__recordings') }}
),

uploads as (
    select
        source_name,
        min(occurred_at) as first_upload_at
    from recordings
    where event = 'session.upload'
    group by source_name
),

sessions as (
    select
        session_id,
        any_value(source_name) as source_name,
        arg_max(session_recording, (occurred_at, event_id)) as recording_mode,
        arg_max(is_interactive, (occurred_at, event_id)) as is_interactive,
        max(occurred_at) filter (where event = 'session.end') as stopped_at,
        min(occurred_at) filter (where event = 'session.upload') as uploaded_at,
        arg_min(raw_file, (occurred_at, event_id)) as raw_file,
        arg_min(raw_line, (occurred_at, event_id)) as raw_line
    from recordings
    group by session_id
),

-- What runs a single command has no terminal to record.
recorded as (
    select
        sessions.*,
        uploads.first_upload_at,
        sessions.stopped_at + interval '{{ var("recording_hours") }} hours' as upload_due_at
    from sessions
    left outer join uploads on sessions.source_name = uploads.source_name
    where coalesce(sessions.is_interactive, true)
)

select * from recorded
