with uncovered as (
    select * from {{ ref('int_entitlements__uncovered') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

dated as (
    select * from {{ ref('int_engineers__dated') }}
),

drifted as (
    select
        uncovered.*,
        coalesce(engineers.name, uncovered.engineer_id) as engineer_name,
        coalesce(dated.team, 'no team') as team,
        coalesce(dated.role, 'no role') as role
    from uncovered
    left outer join engineers on uncovered.engineer_id = engineers.engineer_id
    left outer join dated
        on uncovered.engineer_id = dated.engineer_id
        and uncovered.first_uncovered_at >= coalesce(dated.valid_from, timestamp '-infinity')
        and uncovered.first_uncovered_at < coalesce(dated.valid_until, timestamp 'infinity')
    where uncovered.resource_id is not null
),

findings as (
    select
        'entitlement_drift_policy' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        null as service,
        null as session_id,
        first_uncovered_at as started_at,
        last_uncovered_at as ended_at,
        1.0 as score,
        engineer_name || ' (' || team || ', ' || role || ') held ' || permission || ' on '
        || resource_id || ' (' || system || ') from ' || {{ moment('first_uncovered_at') }}
        || ': neither role nor team, no shift, no exception and no approved request gives it.'
            as summary,
        json_object(
            'policy_rule_missing', team || '/' || role || ': ' || resource_id || ' ' || permission,
            'granted_via', granted_via,
            'snapshots_seen', snapshots_seen,
            'privileged', privileged
        ) as evidence,
        null as raw_file,
        null as raw_line
    from drifted
)

select * from findings
