with disabled as (
    select * from {{ ref('int_trails__disabled') }}
),

findings as (
    select
        'audit_disabled' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        null as permission,
        service,
        session_id,
        occurred_at as started_at,
        coalesce(restored_at, occurred_at) as ended_at,
        coalesce(gap_seconds, 0) as score,
        who_acted || ' switched logging off or changed what is logged on ' || target || ' ('
        || system || ') at ' || {{ moment('occurred_at') }} || ' by "'
        || left(coalesce(nullif(told, ''), action), 120) || '": no approved request for it, and '
        || coalesce(
            'logging was put back after ' || {{ duration_words('gap_seconds') }},
            'nothing shows that it was put back'
        ) || '.' as summary,
        json_object(
            'action', action,
            'told', told,
            'restored_at', restored_at,
            'gap_seconds', gap_seconds,
            'event_ids', [event_id]
        ) as evidence,
        raw_file,
        raw_line
    from disabled
)

select * from findings
