with first_used as (
    select * from {{ ref('int_resources__first_used') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

named as (
    select
        sessions.*,
        first_used.previous_at,
        first_used.team,
        first_used.peers_with_access,
        first_used.is_new_hire,
        coalesce(engineers.name, sessions.engineer_id) as engineer_name
    from first_used
    inner join sessions on first_used.session_id = sessions.session_id
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
),

findings as (
    select
        'first_seen_resource' as rule_id,
        case when peers_with_access > 0 or is_new_hire then 'info' end as severity,
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
        1.0 / (1 + peers_with_access) as score,
        engineer_name || ' used ' || resource_id || ' (' || system || ') at '
        || {{ moment('started_at') }} || ' for the first time '
        || coalesce('since ' || {{ moment('previous_at') }}, 'in all that is logged') || ': '
        || case
            when peers_with_access = 0
                then 'nobody of ' || coalesce(team, 'their team') || ' ever used it before.'
            else peers_with_access || ' of ' || team || ' used it before.'
        end as summary,
        json_object(
            'peers_with_access', peers_with_access,
            'previous_at', previous_at,
            'team', team
        ) as evidence,
        raw_file,
        raw_line
    from named
)

select * from findings
