with gaps as (
    select * from {{ ref('int_coverage__gaps') }}
),

halved as (
    select * from {{ ref('int_snapshots__halved') }}
),

silent as (
    select
        system,
        source_name,
        started_at,
        ended_at,
        blind_hours as score,
        'The source ' || source_name || ' (' || system || ') recorded nothing for '
        || round(blind_hours, 1) || ' h from '
        || {{ moment('coalesce(last_event_at, started_at)') }} || ' (limit ' || silent_hours
        || ' h) and nothing proves that it was quiet: this time is not audited.' as summary,
        last_event_at as last_event,
        coalesce(last_event_at, started_at) + silent_hours * interval '1 hour' as expected
    from gaps
    where blind_hours > silent_hours
    union all
    select
        system,
        source_name,
        started_at,
        coalesce(ended_at, started_at) as ended_at,
        {{ seconds_between('started_at', 'coalesce(ended_at, started_at)') }} / 3600 as score,
        'The snapshot of ' || source_name || ' (' || system || ') of ' || {{ moment('started_at') }}
        || ' has only ' || records || ' rows, far fewer than the one of ' || {{ moment('last_at') }}
        || ': it is taken for half read and judged by nobody.' as summary,
        last_at as last_event,
        started_at as expected
    from halved
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
        score,
        summary,
        json_object('last_event', last_event, 'expected', expected) as evidence,
        null as raw_file,
        null as raw_line
    from silent
)

select * from findings
