-- title: Hours outside the policy
-- question: Who spent how many hours on what, outside every shift, incident, request and role?
-- logs: true
-- parameters:
--   since: {type: timestamp, default: null, example: 2026-03-01,
--     meaning: "Sessions that began at or after this time."}
--   until: {type: timestamp, default: null, example: 2026-04-01,
--     meaning: "Sessions that began before this time."}
with

asked as (
    select
        $since::timestamp as since,
        $until::timestamp as until
)

select
    engineers.name,
    engineers.team,
    sessions.engineer_id,
    coalesce(sessions.resource_id, sessions.resource_name) as resource,
    count(*) as sessions,
    round(sum(sessions.off_policy_seconds) / 3600, 1) as hours_outside,
    max(sessions.started_at) as last_at
from sessions
cross join asked
inner join engineers on sessions.engineer_id = engineers.engineer_id
where
    sessions.account_kind = 'human'
    and sessions.off_policy_seconds > 0
    and coalesce(sessions.started_at >= asked.since, true)
    and coalesce(sessions.started_at < asked.until, true)
group by all
order by hours_outside desc, engineers.name asc, sessions.engineer_id asc, resource asc nulls last
