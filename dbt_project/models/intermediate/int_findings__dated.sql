with found as (
    select * from {{ ref('int_findings__unioned') }}
),

engineers as (
    select * from {{ ref('int_engineers__dated') }}
    -- A name that is no zone would stop the whole build.
    where time_zone in (select zones.name from pg_timezone_names() as zones)
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

shifts as (
    select * from {{ ref('int_shifts__merged') }}
),

windows as (
    select * from {{ ref('int_schedules__windows') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__taken') }}
),

-- Where no shift was, the schedules that reach over the time say so.
scheduled as (
    select
        found.finding_id,
        max(windows.observed_at) as recorded_at
    from found
    inner join windows
        on found.started_at >= windows.window_since
        and found.started_at < windows.window_until
    group by found.finding_id
),

taken as (
    select
        found.finding_id,
        max(snapshots.observed_at) as snapshot_at
    from found
    inner join snapshots
        on found.system = snapshots.system
        and found.ended_at >= snapshots.observed_at
    group by found.finding_id
),

dated as (
    select
        found.finding_id,
        engineers.time_zone as tz,
        {{ local_time('found.started_at', 'engineers.time_zone') }} as start_local,
        sessions.shift_id,
        sessions.incident_id,
        sessions.request_id,
        coalesce(shifts.recorded_at, scheduled.recorded_at) as schedule_recorded_at,
        taken.snapshot_at
    from found
    left outer join engineers
        on found.engineer_id = engineers.engineer_id
        and {{ is_valid_at('engineers', 'found.started_at') }}
    left outer join sessions on found.session_id = sessions.session_id
    left outer join shifts on sessions.shift_id = shifts.shift_id
    left outer join scheduled on found.finding_id = scheduled.finding_id
    left outer join taken on found.finding_id = taken.finding_id
)

select * from dated
