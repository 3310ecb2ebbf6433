with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

limits as (
    select
        *,
        -- An inferred end is the last thing seen, not how long someone stayed.
        end_source = 'observed'
        and duration_seconds > {{ var('session_overrun_hours') }} * 3600 as is_too_long
    from sessions
    where engineer_id is not null and {{ is_human_access('sessions') }}
),

overrunning as (
    select
        limits.*,
        coalesce(engineers.name, limits.engineer_id) as engineer_name,
        coalesce(limits.resource_id, limits.resource_name, 'an unnamed resource') as target,
        {{ duration_words('limits.duration_seconds') }} as length_words,
        case
            when limits.is_past_window then limits.off_policy_seconds
            else limits.duration_seconds - {{ var('session_overrun_hours') }} * 3600
        end as overrun_seconds
    from limits
    left outer join engineers on limits.engineer_id = engineers.engineer_id
    where limits.is_past_window or limits.is_too_long
),

findings as (
    select
        'session_overrun' as rule_id,
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
        engineer_name || ' used ' || target || ' (' || system || ') for ' || length_words
        || ' from ' || {{ moment('started_at') }} || ', ' || {{ duration_words('overrun_seconds') }}
        || case
            when is_past_window then ' of it not covered by a shift, an incident or a request.'
            else ' longer than any session should last.'
        end as summary,
        json_object(
            'overrun_seconds', overrun_seconds,
            'end_quality', end_source,
            'allowed_until', allowed_until
        ) as evidence,
        raw_file,
        raw_line
    from overrunning
)

select * from findings
