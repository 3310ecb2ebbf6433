with matched as (
    select * from {{ ref('int_actions__sessioned') }}
    where class = 'sensitive' and not is_program
),

sessions as (
    select
        session_id,
        engineer_id,
        account,
        system,
        resource_id,
        service,
        who_acted,
        target,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(distinct event_id) as commands,
        string_agg(distinct pattern_name, ', ' order by pattern_name) as matched_pattern,
        list(distinct told order by told)[:5] as argv,
        list(distinct event_id order by event_id)[:20] as event_ids,
        arg_min(resource_name, (occurred_at, event_id)) as resource_name,
        arg_min(told, (occurred_at, event_id)) as first_told,
        arg_min(raw_file, (occurred_at, event_id)) as raw_file,
        arg_min(raw_line, (occurred_at, event_id)) as raw_line
    from matched
    group by all
),

findings as (
    select
        'sensitive_command' as rule_id,
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
        cast(commands as double) as score,
        who_acted || ' ran ' || commands || ' sensitive command(s) on ' || target || ' (' || system
        || ') from ' || {{ moment('started_at') }} || ', first "' || left(first_told, 120)
        || '": what the policy calls ' || matched_pattern || '.' as summary,
        json_object(
            'matched_pattern', matched_pattern,
            'argv', argv,
            'commands', commands,
            'event_ids', event_ids
        ) as evidence,
        raw_file,
        raw_line
    from sessions
)

select * from findings
