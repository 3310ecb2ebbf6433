with checked as (
    select * from {{ ref('int_sessions__checked') }}
),

off_shift as (
    select
        *,
        {{ duration_words('duration_seconds') }} as length_words,
        coalesce(
            'nearest shift ' || {{ duration_words('minutes_from_shift * 60') }} || ' away',
            'no shift at all in the schedule'
        ) as shift_words
    from checked
    where not coalesce(is_on_any_shift, false)
),

findings as (
    select
        'off_shift_access' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        null as permission,
        service,
        session_id,
        started_at,
        ended_at,
        1.0 as score,
        engineer_name || ' used ' || resource_id || ' (' || system || ') for ' || length_words
        || ' from ' || {{ moment('started_at') }} || ', on shift for nothing: ' || shift_words
        || ', ' || checked_words || '.' as summary,
        json_object(
            'nearest_shift', nearest_shift_id,
            'minutes_from_shift', round(minutes_from_shift, 1),
            'incidents_checked', incidents_checked,
            'requests_checked', requests_checked
        ) as evidence,
        raw_file,
        raw_line
    from off_shift
)

select * from findings
