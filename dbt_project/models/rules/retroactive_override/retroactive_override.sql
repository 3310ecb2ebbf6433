with retroactive as (
    select * from {{ ref('int_sessions__retroactive') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

checked as (
    select * from {{ ref('int_sessions__checked') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

shifts as (
    select * from {{ ref('int_shifts__edited') }}
),

written_late as (
    select
        sessions.*,
        shifts.shift_id as late_shift_id,
        shifts.schedule,
        shifts.origin,
        shifts.started_at as shift_started_at,
        shifts.last_absent_at,
        shifts.recorded_at,
        shifts.actors,
        shifts.edited_at,
        coalesce(engineers.name, sessions.engineer_id) as engineer_name,
        coalesce(checked.checked_words, 'no incident, no approved request') as checked_words,
        {{ seconds_between('shifts.started_at', 'shifts.last_absent_at') }} as delay_seconds,
        {{ duration_words('delay_seconds') }} as delay_words
    from retroactive
    inner join sessions on retroactive.session_id = sessions.session_id
    inner join shifts on retroactive.shift_id = shifts.shift_id
    left outer join checked on retroactive.session_id = checked.session_id
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
),

findings as (
    select
        'retroactive_override' as rule_id,
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
        engineer_name || ' used ' || resource_id || ' (' || system || ') from '
        || {{ moment('started_at') }} || ', covered only by an entry in ' || schedule
        || ' that was not there yet at ' || {{ moment('last_absent_at') }} || ', ' || delay_words
        || ' after the time it covers began, and was first seen at ' || {{ moment('recorded_at') }}
        || coalesce(' (the schedule was changed by ' || actors || ')', '')
        || ': no other shift, ' || checked_words || '.' as summary,
        -- Snapshots of a schedule tell between which two of them it was edited, its trail by whom.
        json_object(
            'recorded_at', recorded_at,
            'actor', actors,
            'edited_at', edited_at,
            'edit_delay', round(delay_seconds / 60, 1),
            'last_absent_at', last_absent_at,
            'entry', late_shift_id,
            'origin', origin
        ) as evidence,
        raw_file,
        raw_line
    from written_late
)

select * from findings
