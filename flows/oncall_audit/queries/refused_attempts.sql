-- title: Refused attempts
-- question: Which accounts were refused, where, from which addresses and how often?
-- logs: true
-- parameters:
--   account: {type: varchar, default: null, example: root, meaning: "One account; all without.",
--     among: [access_events.account]}
--   since: {type: timestamp, default: null, example: 2026-03-01, meaning: "At or after this time."}
--   until: {type: timestamp, default: null, example: 2026-04-01, meaning: "Before this time."}
with

asked as (
    select
        $account::varchar as account,
        $since::timestamp as since,
        $until::timestamp as until
)

select
    access_events.account,
    engineers.name,
    access_events.engineer_id,
    access_events.system,
    coalesce(access_events.resource_id, access_events.resource_name) as resource,
    access_events.source_ip,
    sum(coalesce(access_events.repeated, 1))::bigint as attempts,
    min(access_events.occurred_at) as first_at,
    max(access_events.occurred_at) as last_at
from access_events
cross join asked
left outer join engineers on access_events.engineer_id = engineers.engineer_id
where
    access_events.outcome in ('failure', 'denied')
    and coalesce(access_events.account = asked.account, asked.account is null)
    and coalesce(access_events.occurred_at >= asked.since, true)
    and coalesce(access_events.occurred_at < asked.until, true)
group by all
order by
    attempts desc,
    access_events.account asc nulls last,
    access_events.system asc,
    resource asc nulls last,
    access_events.source_ip asc nulls last
