-- title: Who worked in an incident
-- question: Who used the service's resources while this incident lasted, and had they answered it?
-- logs: true
-- parameters:
--   incident: {type: varchar, example: Q0034EFDEKA,
--     meaning: "Identifier of the incident.", among: [incidents.incident_id]}
--   margin: {type: bigint, default: 60, example: 120,
--     meaning: "Minutes after its end that count as well."}
with

asked as (
    select
        $incident::varchar as incident_id,
        $margin::bigint as margin
),

lasted as (
    select
        incidents.incident_id,
        incidents.service,
        incidents.started_at,
        incidents.ended_at + to_minutes(asked.margin) as ended_at
    from incidents
    inner join asked on incidents.incident_id = asked.incident_id
)

select
    sessions.started_at,
    sessions.ended_at,
    engineers.name,
    sessions.engineer_id,
    sessions.account,
    coalesce(sessions.resource_id, sessions.resource_name) as resource,
    incident_responders.engineer_id is not null as has_answered,
    incident_responders.joined_at,
    sessions.action_count,
    sessions.off_policy_seconds,
    sessions.session_id
from sessions
inner join lasted
    on
    sessions.service = lasted.service
    and coalesce(sessions.started_at < lasted.ended_at, true)
    and (sessions.ended_at > lasted.started_at or sessions.started_at >= lasted.started_at)
left outer join incident_responders
    on
    sessions.engineer_id = incident_responders.engineer_id
    and lasted.incident_id = incident_responders.incident_id
left outer join engineers on sessions.engineer_id = engineers.engineer_id
order by sessions.started_at, sessions.session_id
