{{ kept_by_changes('session_id', 'int_sessions__changed') }}

with sessions as (
    select * from {{ ref('int_sessions__built') }}
    where {{ is_remade('started_on') }}
),

windowed as (
    select * from {{ ref('int_sessions__windowed') }}
),

explained as (
    select * from {{ ref('int_sessions__explained') }}
),

on_duty as (
    select * from {{ ref('int_shifts__on_duty') }}
),

judged as (
    select
        sessions.session_id,
        coalesce(windowed.is_start_allowed, false) as is_start_allowed,
        coalesce(windowed.allowed_seconds, 0) as allowed_seconds,
        {{ seconds_between('sessions.started_at', 'sessions.ended_at') }} as seconds,
        on_duty.engineer_id is not null as is_on_any_shift,
        windowed.allowed_until
    from sessions
    left outer join windowed on sessions.session_id = windowed.session_id
    left outer join on_duty
        on sessions.engineer_id = on_duty.engineer_id
        and sessions.started_at >= on_duty.started_at
        and sessions.started_at < on_duty.ended_at
    where sessions.engineer_id is not null and sessions.service is not null
),

-- Whoever the directory does not name, or what belongs to no service, has no shift to be held to.
audited as (
    select
        sessions.session_id,
        sessions.engineer_id,
        sessions.account,
        sessions.account_kind,
        sessions.system,
        sessions.resource_id,
        sessions.resource_name,
        sessions.service,
        sessions.tier,
        sessions.started_on,
        sessions.started_at,
        sessions.ended_at,
        sessions.end_source,
        sessions.duration_seconds,
        sessions.action_count,
        sessions.failure_count,
        sessions.success_count,
        sessions.source_ip,
        sessions.first_event_id,
        sessions.raw_file,
        sessions.raw_line,
        explained.shift_id,
        explained.incident_id,
        explained.request_id,
        judged.allowed_seconds,
        judged.seconds - judged.allowed_seconds as off_policy_seconds,
        judged.is_start_allowed,
        judged.is_on_any_shift,
        judged.allowed_until,
        judged.is_start_allowed
        and sessions.ended_at > judged.allowed_until
        and judged.seconds - judged.allowed_seconds > 0 as is_past_window
    from sessions
    left outer join judged on sessions.session_id = judged.session_id
    left outer join explained on sessions.session_id = explained.session_id
)

select * from audited
