with gaps as (
    select * from {{ ref('int_services__gaps') }}
),

scheduled as (
    select * from {{ ref('int_services__scheduled') }}
),

fallback as (
    select * from {{ ref('int_services__fallback') }}
),

described as (
    select
        service,
        valid_from,
        valid_until,
        min(system) as system,
        string_agg(distinct schedule, ', ' order by schedule) as schedules
    from scheduled
    group by service, valid_from, valid_until
),

unattended as (
    select
        gaps.*,
        described.system,
        described.schedules,
        fallback.escalation_fallback,
        {{ seconds_between('gaps.started_at', 'gaps.ended_at') }} as seconds,
        {{ duration_words('seconds') }} as length_words
    from gaps
    inner join described
        on gaps.service = described.service
        and {{ is_valid_at('described', 'gaps.started_at') }}
    left outer join fallback
        on gaps.service = fallback.service
        and {{ is_valid_at('fallback', 'gaps.started_at') }}
    where
        {{ seconds_between('gaps.started_at', 'gaps.ended_at') }}
        >= {{ var('schedule_gap_minutes') }} * 60
),

findings as (
    select
        'schedule_gap' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        system,
        null as resource_id,
        service as resource_name,
        null as permission,
        service,
        null as session_id,
        started_at,
        ended_at,
        1.0 as score,
        'Nobody was on call for ' || service || ' for ' || length_words || ' from '
        || {{ moment('started_at') }} || ': ' || schedules || ' had no one in the final schedule, '
        || coalesce(
            'and only ' || escalation_fallback || ' would have been called',
            'and nobody is called without a schedule'
        ) || '.' as summary,
        json_object(
            'gap_minutes', round(seconds / 60, 1),
            'escalation_fallback', escalation_fallback,
            'schedules_checked', schedules
        ) as evidence,
        null as raw_file,
        null as raw_line
    from unattended
)

select * from findings
