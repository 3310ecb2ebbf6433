with uncovered as (
    select * from {{ ref('int_entitlements__uncovered') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- A right that shifts give is judged by when it is handed back, not by its having no end.
standing as (
    select
        uncovered.*,
        coalesce(engineers.name, uncovered.engineer_id) as engineer_name,
        coalesce(uncovered.resource_id, uncovered.resource_name, 'everything') as target,
        date_diff('day', uncovered.valid_from, uncovered.last_uncovered_at) as age_days
    from uncovered
    left outer join engineers on uncovered.engineer_id = engineers.engineer_id
    where
        uncovered.privileged
        and uncovered.expires_at is null
        and not uncovered.is_given_on_shift
),

findings as (
    select
        'standing_privilege' as rule_id,
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
        engineer_name || ' holds the privileged ' || permission || ' on ' || target || ' ('
        || system || ') with no end date, for ' || age_days || ' days by '
        || {{ moment('last_uncovered_at') }}
        || ': no role, no exception and no approved request gives it.' as summary,
        json_object(
            'via_group', granted_via,
            'granted_by', granted_by,
            'age_days', age_days,
            'snapshots_seen', snapshots_seen,
            'last_used_at', last_used_at
        ) as evidence,
        null as raw_file,
        null as raw_line
    from standing
)

select * from findings
