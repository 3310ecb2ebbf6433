with uncovered as (
    select * from {{ ref('int_sessions__uncovered') }}
),

ended as (
    select * from {{ ref('int_grants__ended') }}
),

-- The last grant to end is the one that they went on with.
outlasted as (
    select
        uncovered.session_id,
        max_by(ended.grant_id, (ended.ended_at, ended.grant_id)) as grant_id,
        max_by(ended.permission, (ended.ended_at, ended.grant_id)) as permission,
        max(ended.ended_at) as grant_ended_at
    from uncovered
    inner join ended
        on uncovered.engineer_id = ended.engineer_id
        and uncovered.resource_id = ended.resource_id
        and uncovered.started_at >= ended.ended_at
        and uncovered.started_at
        < ended.ended_at + interval '{{ var("expired_used_hours") }} hours'
    group by uncovered.session_id
),

used as (
    select
        uncovered.*,
        outlasted.grant_id,
        outlasted.permission,
        outlasted.grant_ended_at,
        date_diff('second', outlasted.grant_ended_at, uncovered.started_at) as seconds_after
    from outlasted
    inner join uncovered on outlasted.session_id = uncovered.session_id
),

findings as (
    select
        'expired_grant_used' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        service,
        session_id,
        started_at,
        ended_at,
        1.0 as score,
        engineer_name || ' used ' || resource_id || ' (' || system || ') at '
        || {{ moment('started_at') }} || ', ' || {{ duration_words('seconds_after') }}
        || ' after their grant (' || grant_id || ') had ended at ' || {{ moment('grant_ended_at') }}
        || ': no shift, no incident and no other approved request covers it.' as summary,
        json_object(
            'grant_id', grant_id,
            'grant_ended_at', grant_ended_at,
            'minutes_after', round(seconds_after / 60.0, 1)
        ) as evidence,
        raw_file,
        raw_line
    from used
)

select * from findings
