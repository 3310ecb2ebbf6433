with recordings as (
    select * from {{ ref('int_teleport__recordings') }}
),

-- Under names of their own, for DuckDB keeps what is read twice, with all that any reading wants.
uploads as (
    select
        source_name,
        min(occurred_at) as first_upload_at
    from {{ ref('int_teleport__recordings') }}
    where event = 'session.upload'
    group by source_name
),

told as (
    select * from {{ ref('int_teleport__recordings') }}
),

-- Few: most recordings are on and, where uploads are logged, uploaded in time.
suspect as (
    select told.session_id
    from told
    left outer join uploads on told.source_name = uploads.source_name
    group by told.session_id
    having
        coalesce(bool_or(told.session_recording = 'off'), false)
        or bool_or(uploads.source_name is not null)
        and coalesce(
            min(told.occurred_at) filter (where told.event = 'session.upload')
            > max(told.occurred_at) filter (where told.event = 'session.end')
            + interval '{{ var("recording_hours") }} hours',
            true
        )
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
    where session_id in (select suspect.session_id from suspect)
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
