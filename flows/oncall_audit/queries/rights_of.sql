-- title: What a person could do at a time
-- question: Which rights did this person hold then, over which path, and when were they last used?
-- parameters:
--   engineer: {type: varchar, example: e006,
--     meaning: "The directory's key of the person, e-mail address or name.",
--     among: [engineers.engineer_id, engineers.email, engineers.name]}
--   at: {type: timestamp, default: null, example: "2026-03-20T02:00",
--     meaning: "The moment; the end of the last audit without."}
with

asked as (
    select
        $engineer::varchar as engineer,
        coalesce($at::timestamp, (select max(until) from audit_runs)) as moment
)

select
    entitlements.system,
    entitlements.account,
    coalesce(entitlements.resource_id, entitlements.resource_name) as resource,
    entitlements.permission,
    entitlements.privileged,
    entitlements.granted_via,
    entitlements.valid_from,
    entitlements.valid_until,
    entitlements.expires_at,
    entitlements.last_used_at,
    entitlements.entitlement_id
from entitlements
inner join engineers on entitlements.engineer_id = engineers.engineer_id
cross join asked
where
    asked.engineer in (engineers.engineer_id, engineers.email, engineers.name)
    and coalesce(entitlements.valid_from <= asked.moment, true)
    and coalesce(entitlements.valid_until > asked.moment, true)
order by
    entitlements.system,
    resource,
    entitlements.permission,
    entitlements.entitlement_id
