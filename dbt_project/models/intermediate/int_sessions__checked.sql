with uncovered as (
    select * from {{ ref('int_sessions__uncovered') }}
),

incidents as (
    select * from {{ ref('int_incidents__unioned') }}
),

windows as (
    select * from {{ ref('int_windows__allowed') }}
),

burning as (
    select
        uncovered.session_id,
        string_agg(distinct incidents.incident_id, ', ' order by incidents.incident_id)
            as incidents_checked
    from uncovered
    inner join incidents
        on uncovered.service = incidents.service
        and uncovered.started_at >= incidents.started_at
        and uncovered.started_at < coalesce(incidents.ended_at, timestamp 'infinity')
    group by uncovered.session_id
),

requested as (
    select
        uncovered.session_id,
        string_agg(distinct windows.cause_id, ', ' order by windows.cause_id) as requests_checked
    from uncovered
    inner join windows
        on uncovered.engineer_id = windows.engineer_id
        and windows.cause = 'request'
        and windows.started_at < uncovered.ended_at + interval '1 day'
        and windows.ended_at > uncovered.started_at - interval '1 day'
    group by uncovered.session_id
),

checked as (
    select
        uncovered.session_id,
        uncovered.engineer_id,
        uncovered.engineer_name,
        uncovered.team,
        uncovered.account,
        uncovered.system,
        uncovered.resource_id,
        uncovered.resource_name,
        uncovered.service,
        uncovered.started_at,
        uncovered.ended_at,
        uncovered.duration_seconds,
        uncovered.is_on_any_shift,
        uncovered.nearest_shift_id,
        uncovered.minutes_from_shift,
        uncovered.shift_services,
        uncovered.raw_file,
        uncovered.raw_line,
        burning.incidents_checked,
        requested.requests_checked,
        case
            when burning.incidents_checked is not null
                then 'not a responder of ' || burning.incidents_checked
            else 'no incident open on ' || coalesce(uncovered.service, 'any service')
        end
        || ', '
        || case
            when requested.requests_checked is not null
                then 'not within request ' || requested.requests_checked
            else 'no approved request'
        end as checked_words
    from uncovered
    left outer join burning on uncovered.session_id = burning.session_id
    left outer join requested on uncovered.session_id = requested.session_id
)

select * from checked
