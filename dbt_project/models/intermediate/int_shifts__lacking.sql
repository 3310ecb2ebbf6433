with needing as (
    select * from {{ ref('int_shifts__needing') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

resources as (
    select * from {{ ref('int_resources__held') }}
),

privileged_rights as (
    select * from {{ ref('int_permissions__privileged') }}
),

-- Whoever holds a higher right there can do the work too.
able as (
    select distinct
        needing.shift_id,
        needing.observed_at,
        needing.resource_id,
        needing.permission
    from needing
    inner join held
        on needing.engineer_id = held.engineer_id
        and needing.observed_at >= held.valid_from
        and needing.observed_at < coalesce(held.valid_until, timestamp 'infinity')
    inner join resources
        on held.system = resources.system
        and held.resource_name = resources.resource_name
        and needing.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'needing.observed_at') }}
    left outer join privileged_rights
        on held.system = privileged_rights.system
        and held.permission = privileged_rights.permission
        and {{ is_valid_at('privileged_rights', 'needing.observed_at') }}
    where
        needing.permission in ('*', held.permission)
        or held.is_privileged
        or privileged_rights.permission is not null
),

lacking as (
    select needing.*
    from needing
    anti join able
        on needing.shift_id = able.shift_id
        and needing.observed_at = able.observed_at
        and needing.resource_id = able.resource_id
        and needing.permission = able.permission
)

select
    shift_id,
    min(observed_at) as observed_at,
    string_agg(
        distinct permission || ' on ' || resource_id, ', '
        order by permission || ' on ' || resource_id
    ) as lacking
from lacking
group by shift_id
