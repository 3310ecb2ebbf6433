-- title: What was open at a time
-- question: Which sessions, shifts, rights, approved requests and incidents were open at this moment?
-- logs: true
-- parameters:
--   at: {type: timestamp, example: "2026-03-20T02:00", meaning: "The moment."}
with

asked as (
    select $at::timestamp as moment
),

lasting as (
    select
        'session' as kind,
        engineer_id,
        account,
        coalesce(resource_id, resource_name) as subject,
        system as detail,
        started_at,
        -- A session of one event lasts for that moment.
        greatest(ended_at, started_at + interval 1 microsecond) as ended_at,
        session_id as id
    from sessions
    union all
    select 'shift', engineer_id, null, service, schedule, started_at, ended_at, shift_id
    from shifts
    union all
    select 'right', engineer_id, account, coalesce(resource_id, resource_name), permission, valid_from, valid_until, entitlement_id
    from entitlements
    union all
    select 'request', engineer_id, null, resource_id, permission, started_at, ended_at, request_id
    from access_requests
    where status = 'approved'
    union all
    select 'incident', null, null, service, title, started_at, ended_at, incident_id
    from incidents
)

select
    lasting.kind,
    engineers.name,
    lasting.engineer_id,
    lasting.account,
    lasting.subject,
    lasting.detail,
    lasting.started_at,
    lasting.ended_at,
    lasting.id
from lasting
cross join asked
left join engineers on lasting.engineer_id = engineers.engineer_id
where
    coalesce(lasting.started_at <= asked.moment, true)
    and coalesce(lasting.ended_at > asked.moment, true)
order by lasting.kind, engineers.name nulls last, lasting.started_at nulls first, lasting.id
