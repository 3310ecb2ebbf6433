-- title: Everything about an engineer
-- question: What did this person use, hold, answer for and ask for, in order of time?
-- logs: true
-- parameters:
--   engineer: {type: varchar, example: e006,
--     meaning: "The directory's key of the person, e-mail address or name.",
--     among: [engineers.engineer_id, engineers.email, engineers.name]}
--   since: {type: timestamp, default: null, example: 2026-03-01,
--     meaning: "What lasted beyond or began at this time."}
--   until: {type: timestamp, default: null, example: 2026-04-01,
--     meaning: "What began before this time."}
with

asked as (
    select
        $engineer::varchar as engineer,
        $since::timestamp as since,
        $until::timestamp as until
),

person as (
    select engineers.engineer_id
    from engineers
    cross join asked
    where
        asked.engineer in (engineers.engineer_id, engineers.email, engineers.name)
),

happened as (
    select
        engineer_id,
        started_at,
        ended_at,
        'session' as kind,
        coalesce(resource_id, resource_name) as subject,
        concat_ws(', ', system, account, action_count || ' actions') as detail,
        session_id as id
    from sessions
    union all
    select
        engineer_id,
        started_at,
        ended_at,
        'shift' as kind,
        service as subject,
        concat_ws(', ', schedule, 'level ' || level, origin) as detail,
        shift_id as id
    from shifts
    union all
    select
        engineer_id,
        valid_from as started_at,
        valid_until as ended_at,
        'right' as kind,
        coalesce(resource_id, resource_name) as subject,
        concat_ws(', ', permission, granted_via, account) as detail,
        entitlement_id as id
    from entitlements
    union all
    select
        engineer_id,
        started_at,
        ended_at,
        'request' as kind,
        resource_id as subject,
        concat_ws(', ', permission, status, reason) as detail,
        request_id as id
    from access_requests
    union all
    select
        engineer_id,
        started_at,
        ended_at,
        'finding' as kind,
        rule_id as subject,
        concat_ws(', ', severity, state, summary) as detail,
        finding_id as id
    from findings
    union all
    select
        incident_responders.engineer_id,
        incident_responders.joined_at as started_at,
        incidents.ended_at,
        'incident' as kind,
        incidents.service as subject,
        incidents.title as detail,
        incidents.incident_id as id
    from incident_responders
    inner join incidents on incident_responders.incident_id = incidents.incident_id
)

select
    happened.started_at,
    happened.ended_at,
    happened.kind,
    happened.subject,
    happened.detail,
    happened.id
from happened
inner join person on happened.engineer_id = person.engineer_id
cross join asked
where
    coalesce(happened.ended_at > asked.since or happened.started_at >= asked.since, true)
    and coalesce(happened.started_at < asked.until, true)
order by happened.started_at nulls first, happened.kind, happened.id
