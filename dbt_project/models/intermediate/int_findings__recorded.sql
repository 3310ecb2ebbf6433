with found as (
    select * from {{ ref('int_findings__unioned') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

parted as (
    select
        finding_id,
        unnest(session_ids) as session_id
    from found
),

-- A rule that rests on events without a session names them in its evidence.
named as (
    select
        parted.finding_id,
        sessions.started_at,
        sessions.first_event_id as event_id
    from parted
    inner join sessions on parted.session_id = sessions.session_id
    union
    select
        finding_id,
        started_at,
        unnest(from_json(json_extract(evidence, '$.event_ids'), '["VARCHAR"]')) as event_id
    from found
),

recorded as (
    select
        finding_id,
        list(event_id order by started_at, event_id)[:20] as event_ids
    from named
    where event_id is not null
    group by finding_id
)

select * from recorded
