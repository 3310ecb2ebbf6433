-- title: What came from an address
-- question: Which accounts came or tried to come from this address, where to, and with what result?
-- logs: true
-- parameters:
--   address: {type: varchar, example: 203.0.113.15,
--     meaning: "IP address.", among: [access_events.source_ip]}
with

asked as (
    select $address::varchar as address
)

select
    access_events.account,
    engineers.name,
    access_events.engineer_id,
    access_events.system,
    coalesce(access_events.resource_id, access_events.resource_name) as resource,
    access_events.outcome,
    addresses.network_kind,
    addresses.country,
    sum(coalesce(access_events.repeated, 1))::bigint as events,
    count(distinct access_events.session_id) as sessions,
    min(access_events.occurred_at) as first_at,
    max(access_events.occurred_at) as last_at
from access_events
inner join asked on access_events.source_ip = asked.address
left outer join addresses on access_events.source_ip = addresses.address
left outer join engineers on access_events.engineer_id = engineers.engineer_id
group by all
order by
    first_at,
    access_events.account nulls last,
    access_events.system,
    resource nulls last,
    access_events.outcome
