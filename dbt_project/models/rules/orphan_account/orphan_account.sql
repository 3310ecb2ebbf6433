with orphaned as (
    select * from {{ ref('int_accounts__orphaned') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

remaining as (
    select
        orphaned.*,
        coalesce(engineers.name, orphaned.engineer_id) as who,
        coalesce(orphaned.resource_id, orphaned.resource_name, 'everything') as target,
        date_diff('second', orphaned.ended_at, orphaned.last_observed_at) as seconds_after,
        {{ duration_words('seconds_after') }} as after_words
    from orphaned
    left outer join engineers on orphaned.engineer_id = engineers.engineer_id
),

findings as (
    select
        'orphan_account' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        null as service,
        null as session_id,
        ended_at as started_at,
        last_observed_at as ended_at,
        1.0 as score,
        'The account ' || account || ' (' || system || ') of ' || who || ', who left at '
        || {{ moment('ended_at') }} || ', '
        || coalesce('still held ' || permission || ' on ' || target, 'was still enabled') || ' '
        || after_words || ' later: the directory has no return.' as summary,
        json_object(
            'ended_at', ended_at,
            'hours_after', round(seconds_after / 3600.0, 1),
            'recorded_at', recorded_at,
            'snapshots_seen', snapshots_seen,
            'granted_via', granted_via
        ) as evidence,
        null as raw_file,
        null as raw_line
    from remaining
)

select * from findings
