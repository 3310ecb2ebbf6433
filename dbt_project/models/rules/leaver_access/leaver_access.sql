with after_leaving as (
    select * from {{ ref('int_sessions__after_leaving') }}
),

findings as (
    select
        'leaver_access' as rule_id,
        case when is_recorded_late then 'high' end as severity,
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
        who || ' used ' || target || ' (' || system || ') as ' || account || ' at '
        || {{ moment('started_at') }} || ', ' || {{ duration_words('seconds_after') }}
        || ' after leaving at ' || {{ moment('left_at') }}
        || case
            when is_recorded_late
                then
                    ': the directory did not say so before ' || {{ moment('recorded_at') }}
                    || ', later than the access, and has no return.'
            else ': the directory has no return.'
        end as summary,
        json_object(
            'ended_at', left_at,
            'recorded_at', recorded_at,
            'is_recorded_late', is_recorded_late,
            'hours_after', round(seconds_after / 3600.0, 1)
        ) as evidence,
        raw_file,
        raw_line
    from after_leaving
)

select * from findings
