-- title: Access that was never used
-- question: Who holds access today and, as far as systems and logs tell, has never used it?
-- logs: true
-- parameters:
--   days: {type: bigint, default: 30, example: 90, meaning: "Held for at least so many days."}
with

asked as (
    select $days::bigint as days
),

audited as (
    select max(until) as until
    from audit_runs
)

select
    engineers.name,
    engineers.team,
    entitlements.engineer_id,
    entitlements.account,
    entitlements.system,
    coalesce(entitlements.resource_id, entitlements.resource_name) as resource,
    entitlements.permission,
    entitlements.privileged,
    entitlements.granted_via,
    entitlements.valid_from,
    date_diff('day', entitlements.valid_from, audited.until) as days_held
from entitlements
cross join asked
cross join audited
left outer join engineers on entitlements.engineer_id = engineers.engineer_id
where
    entitlements.account_kind = 'human'
    and entitlements.valid_until is null
    and entitlements.last_used_at is null
    and entitlements.valid_from <= audited.until - to_days(asked.days::integer)
order by
    entitlements.privileged desc nulls last,
    entitlements.valid_from asc,
    entitlements.entitlement_id asc
