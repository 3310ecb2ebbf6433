with smoothed as (
    select * from {{ ref('int_sessions__hours_smoothed') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Whose sessions lie all around the clock has no usual hour.
unusual as (
    select
        sessions.*,
        smoothed.baseline,
        smoothed.sessions as earlier_sessions,
        smoothed.local_at,
        smoothed.time_zone,
        smoothed.density,
        smoothed.resultant_length,
        smoothed.mean_hour,
        coalesce(sessions.resource_id, sessions.resource_name, 'an unnamed resource') as target,
        coalesce(engineers.name, sessions.engineer_id) as engineer_name
    from smoothed
    inner join sessions on smoothed.session_id = sessions.session_id
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
    where
        smoothed.density < {{ var('hour_density_ratio') }} / 24.0
        and smoothed.resultant_length >= {{ var('hour_concentration') }}
        and smoothed.active_days >= {{ var('warm_up_active_days') }}
        and sessions.started_at >= smoothed.since + interval '{{ var("warm_up_days") }} days'
),

findings as (
    select
        'unusual_hour' as rule_id,
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
        1 - density * 24 as score,
        engineer_name || ' used ' || target || ' (' || system || ') at '
        || strftime(local_at, '%H:%M') || ' (' || time_zone || ') on '
        || strftime(local_at, '%Y-%m-%d')
        || ', with no page within {{ var("hour_page_hours") }} h: of '
        || case baseline when 'own' then 'their' else 'their team''s' end || ' ' || earlier_sessions
        || ' earlier sessions there, centred on ' || cast(floor(mean_hour) as bigint)
        || ' h, hardly any began near this hour.' as summary,
        json_object(
            'density', round(density, 5),
            'mean_direction', round(mean_hour, 1),
            'R', round(resultant_length, 2),
            'baseline', baseline,
            'sessions', earlier_sessions
        ) as evidence,
        raw_file,
        raw_line
    from unusual
)

select * from findings
