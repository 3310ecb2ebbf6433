-- title: Who can reach a resource
-- question: Who can reach this resource today, by which path, and who should?
-- parameters:
--   resource: {type: varchar, example: payments-db,
--     meaning: "Resource, as the inventory names it.",
--     among: [resources.resource_id, access_map.resource_id]}
with

asked as (
    select $resource::varchar as resource_id
)

select
    engineers.name,
    engineers.team,
    access_map.engineer_id,
    access_map.permission,
    access_map.can_access,
    access_map.should_access,
    access_map.granted_via,
    access_map.on_shift,
    access_map.last_used_at
from access_map
inner join asked on access_map.resource_id = asked.resource_id
left outer join engineers on access_map.engineer_id = engineers.engineer_id
order by
    access_map.can_access and not access_map.should_access desc,
    access_map.can_access desc,
    engineers.name asc nulls last,
    access_map.engineer_id asc,
    access_map.permission asc
