-- title: What was open at a time
-- question: Which sessions, shifts, rights, approved requests and incidents were open then?
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
    select
        'shift' as kind,
        engineer_id,
        null as account,
        service as subject,
        schedule as detail,
        started_at,
        ended_at,
        shift_id as id
    from shifts
    union all
    select
        'right' as kind,
        engineer_id,
        account,
        coalesce(resource_id, resource_name) as subject,
        permission as detail,
        valid_from as started_at,
        valid_until as ended_at,
        entitlement_id as id
    from entitlements
    union all
    select
        'request' as kind,
        engineer_id,
        null as account,
        resource_id as subject,
        permission as detail,
        started_at,
        ended_at,
        request_id as id
    from access_requests
    where status = 'approved'
    union all
    select
        'incident' as kind,
        null as engineer_id,
        null as account,
        service as subject,
        title as detail,
        started_at,
        ended_at,
        incident_id as id
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
left outer join engineers on lasting.engineer_id = engineers.engineer_id
where
    coalesce(lasting.started_at <= asked.moment, true)
    and coalesce(lasting.ended_at > asked.moment, true)
order by lasting.kind, engineers.name nulls last, lasting.started_at nulls first, lasting.id
