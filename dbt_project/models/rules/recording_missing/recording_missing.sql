with recorded as (
    select * from {{ ref('int_sessions__recorded') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

gaps as (
    select * from {{ ref('int_coverage__gaps') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

-- An upload is missed only where uploads are logged at all, and after the time it may take.
due as (
    select recorded.*
    from recorded
    cross join run
    where
        recorded.recording_mode is distinct from 'off'
        and recorded.upload_due_at <= run.until
        and recorded.first_upload_at <= recorded.upload_due_at
        and coalesce(recorded.uploaded_at > recorded.upload_due_at, true)
),

missing as (
    select * from recorded
    where recording_mode = 'off'
    union all
    select due.*
    from due
    anti join gaps
        on due.source_name = gaps.source_name
        and due.stopped_at < gaps.ended_at
        and due.upload_due_at > gaps.started_at
),

findings as (
    select
        'recording_missing' as rule_id,
        null as severity,
        sessions.engineer_id,
        sessions.account,
        sessions.system,
        sessions.resource_id,
        sessions.resource_name,
        null as permission,
        sessions.service,
        sessions.session_id,
        sessions.started_at,
        sessions.ended_at,
        1.0 as score,
        coalesce(engineers.name, sessions.account) || ' had a session on '
        || coalesce(sessions.resource_id, sessions.resource_name, 'an unnamed resource') || ' ('
        || sessions.system || ') from ' || {{ moment('sessions.started_at') }}
        || if(
            missing.recording_mode = 'off', ' with recording switched off.',
            ' whose recording was not uploaded within {{ var("recording_hours") }} h of its end.'
        ) as summary,
        json_object('recording_mode', missing.recording_mode, 'uploaded_at', missing.uploaded_at)
            as evidence,
        missing.raw_file,
        missing.raw_line
    from missing
    inner join sessions on missing.session_id = sessions.session_id
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
)

select * from findings
