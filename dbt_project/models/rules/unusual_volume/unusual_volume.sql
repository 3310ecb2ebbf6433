with baselined as (
    select * from {{ ref('int_sessions__baselined') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

unusual as (
    select
        sessions.*,
        baselined.baseline,
        baselined.sessions,
        baselined.p95,
        baselined.z,
        baselined.is_new_hire,
        baselined.peer_z,
        baselined.mad_volume,
        exp(baselined.median_volume) - 1 as median_actions,
        coalesce(sessions.resource_id, sessions.resource_name, 'an unnamed resource') as target,
        coalesce(engineers.name, sessions.engineer_id) as engineer_name
    from baselined
    inner join sessions on baselined.session_id = sessions.session_id
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
    where
        baselined.action_count >= {{ var('volume_min_actions') }}
        and baselined.action_count >= {{ var('volume_ratio') }} * baselined.p95
        and baselined.z > {{ var('volume_z') }}
        and baselined.sessions >= {{ var('volume_min_sessions') }}
        and baselined.active_days >= {{ var('warm_up_active_days') }}
        and sessions.started_at >= baselined.since + interval '{{ var("warm_up_days") }} days'
),

findings as (
    select
        'unusual_volume' as rule_id,
        case when is_new_hire then 'info' end as severity,
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
        z as score,
        engineer_name || ' did ' || action_count || ' things in one session on ' || target
        || ' (' || system || ') from ' || {{ moment('started_at') }} || ': '
        || case baseline when 'own' then 'their' else 'their team''s' end || ' ' || sessions
        || ' earlier sessions had a median of ' || cast(round(median_actions) as bigint)
        || ' and 95 % stayed under ' || cast(ceil(p95) as bigint) || '.' as summary,
        json_object(
            'baseline', baseline,
            'sessions', sessions,
            'median', round(median_actions, 1),
            'mad', round(mad_volume, 3),
            'z', round(z, 2),
            'p95', round(p95, 1),
            'peer_z', round(peer_z, 2)
        ) as evidence,
        raw_file,
        raw_line
    from unusual
)

select * from findings
