with unrequested as (
    select * from {{ ref('int_entitlements__unrequested') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

granted as (
    select
        unrequested.*,
        coalesce(engineers.name, unrequested.account) as who,
        coalesce(unrequested.resource_id, unrequested.resource_name, 'everything') as target,
        case
            when unrequested.unknown_request_id is not null
                then
                    'request ' || unrequested.unknown_request_id || ' was in no export until more '
                    || 'than {{ var("request_recorded_hours") }} h later'
            when unrequested.requests_checked is not null
                then 'not covered by request ' || unrequested.requests_checked
            else 'no approved request'
        end as request_words
    from unrequested
    left outer join engineers on unrequested.engineer_id = engineers.engineer_id
),

findings as (
    select
        'unapproved_grant' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        null as service,
        null as session_id,
        first_seen_at as started_at,
        first_seen_at as ended_at,
        1.0 as score,
        who || ' was given ' || permission || ' on ' || target || ' (' || system || ', '
        || granted_via || ') between ' || {{ moment('previous_at') }} || ' and '
        || {{ moment('first_seen_at') }} || ': ' || request_words
        || ', no exception and no automation of the policy gave it.' as summary,
        json_object(
            'diff_kind', diff_kind,
            'previous_snapshot', previous_at,
            'granted_at', valid_from,
            'granted_via', granted_via,
            'granted_by', granted_by,
            'requests_checked', requests_checked
        ) as evidence,
        null as raw_file,
        null as raw_line
    from granted
)

select * from findings
