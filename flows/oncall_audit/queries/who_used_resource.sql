-- title: Who used a resource
-- question: Who used this resource between two times, for how long, and was it allowed?
-- logs: true
-- parameters:
--   resource: {type: varchar, example: payments-db,
--     meaning: "Resource, as the inventory or its system names it.",
--     among: [resources.resource_id, sessions.resource_id, sessions.resource_name]}
--   since: {type: timestamp, default: null, example: 2026-03-01,
--     meaning: "Used at or after this time."}
--   until: {type: timestamp, default: null, example: 2026-04-01, meaning: "Used before this time."}
with

asked as (
    select
        $resource::varchar as resource,
        $since::timestamp as since,
        $until::timestamp as until
)

select
    sessions.started_at,
    sessions.ended_at,
    sessions.end_source,
    engineers.name,
    sessions.engineer_id,
    sessions.account,
    sessions.system,
    sessions.resource_name,
    sessions.source_ip,
    sessions.action_count,
    sessions.off_policy_seconds,
    sessions.shift_id,
    sessions.incident_id,
    sessions.request_id,
    sessions.session_id
from sessions
cross join asked
left outer join engineers on sessions.engineer_id = engineers.engineer_id
where
    asked.resource in (sessions.resource_id, sessions.resource_name)
    and coalesce(sessions.ended_at > asked.since or sessions.started_at >= asked.since, true)
    and coalesce(sessions.started_at < asked.until, true)
order by sessions.started_at, sessions.session_id
