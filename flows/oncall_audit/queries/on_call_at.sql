-- title: Who was on call at a time
-- question: Who was on call at this moment, for which service and at which level?
-- parameters:
--   at: {type: timestamp, example: "2026-03-20T02:00", meaning: "The moment."}
--   service: {type: varchar, default: null, example: payments,
--     meaning: "One service; all without.",
--     among: [shifts.service, resources.service, incidents.service]}
with

asked as (
    select
        $at::timestamp as moment,
        $service::varchar as service
)

select
    shifts.service,
    shifts.level,
    engineers.name,
    shifts.engineer_id,
    shifts.person,
    shifts.schedule,
    shifts.origin,
    shifts.started_at,
    shifts.ended_at,
    shifts.recorded_at,
    shifts.is_retroactive
from shifts
cross join asked
left outer join engineers on shifts.engineer_id = engineers.engineer_id
where
    shifts.started_at <= asked.moment
    and shifts.ended_at > asked.moment
    and coalesce(shifts.service = asked.service, asked.service is null)
order by shifts.service nulls last, shifts.level, shifts.schedule, shifts.shift_id
