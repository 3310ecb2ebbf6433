with gaps as (
    select * from {{ ref('int_coverage__gaps') }}
),

silent as (
    select * from gaps
    where blind_hours > silent_hours
),

findings as (
    select
        'log_gap' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        system,
        null as resource_id,
        source_name as resource_name,
        null as permission,
        null as service,
        null as session_id,
        started_at,
        ended_at,
        blind_hours as score,
        'The source ' || source_name || ' (' || system || ') recorded nothing for '
        || round(blind_hours, 1) || ' h from '
        || {{ moment('coalesce(last_event_at, started_at)') }} || ' (limit ' || silent_hours
        || ' h) and nothing proves that it was quiet: this time is not audited.' as summary,
        json_object(
            'last_event', last_event_at,
            'expected', coalesce(last_event_at, started_at) + silent_hours * interval '1 hour'
        ) as evidence,
        null as raw_file,
        null as raw_line
    from silent
)

select * from findings
