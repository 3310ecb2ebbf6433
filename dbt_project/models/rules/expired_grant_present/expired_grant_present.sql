with outlived as (
    select * from {{ ref('int_entitlements__outlived') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

present as (
    select
        outlived.*,
        coalesce(engineers.name, outlived.account) as who,
        coalesce(outlived.resource_id, outlived.resource_name, 'everything') as target,
        date_diff('second', outlived.expires_at, outlived.last_observed_at) as seconds_after,
        {{ duration_words('seconds_after') }} as after_words
    from outlived
    left outer join engineers on outlived.engineer_id = engineers.engineer_id
),

findings as (
    select
        'expired_grant_present' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        null as service,
        null as session_id,
        expires_at as started_at,
        last_observed_at as ended_at,
        1.0 as score,
        who || ' still held ' || permission || ' on ' || target || ' (' || system || ') '
        || after_words || ' after it had expired at ' || {{ moment('expires_at') }}
        || ': no other grant of the same right was there, and '
        || case when is_used then 'the' else 'no log shows that the' end
        || ' account used it since.' as summary,
        json_object(
            'hours_after_expiry', round(seconds_after / 3600.0, 1),
            'snapshots_seen', snapshots_seen,
            'granted_via', granted_via,
            'is_used', is_used
        ) as evidence,
        null as raw_file,
        null as raw_line
    from present
)

select * from findings
