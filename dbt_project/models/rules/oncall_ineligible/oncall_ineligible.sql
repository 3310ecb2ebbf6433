with ineligible as (
    select * from {{ ref('int_shifts__ineligible') }}
),

findings as (
    select
        'oncall_ineligible' as rule_id,
        null as severity,
        engineer_id,
        person as account,
        system,
        null as resource_id,
        service as resource_name,
        null as permission,
        service,
        null as session_id,
        started_at,
        ended_at,
        1.0 as score,
        who_was_called || ' was on call for ' || service || ' (' || schedule || ') from '
        || {{ moment('started_at') }} || ' to ' || {{ moment('ended_at') }} || ', but ' || reason
        || '.' as summary,
        json_object('reason', reason, 'schedule', schedule, 'origin', origin) as evidence,
        null as raw_file,
        null as raw_line
    from ineligible
)

select * from findings
