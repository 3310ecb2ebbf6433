with shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where engineer_id is not null
),

shift_access as (
    select * from {{ ref('stg_policy__shift_access') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

-- Only a source that has ever told of a right can tell that somebody lacks it.
told as (
    select distinct
        source_name,
        resource_id,
        permission
    from held
    where resource_id is not null
),

needed as (
    select distinct
        shifts.shift_id,
        shifts.engineer_id,
        shifts.started_at,
        shifts.ended_at,
        shift_access.resource_id,
        shift_access.permission,
        told.source_name
    from shifts
    inner join shift_access
        on shifts.service = shift_access.service
        and {{ is_valid_at('shift_access', 'shifts.started_at') }}
    inner join told
        on shift_access.resource_id = told.resource_id
        and shift_access.permission in ('*', told.permission)
),

-- The first snapshot of the shift, but none that ran while rights were still being given.
seen as (
    select
        needed.*,
        min(snapshots.observed_at) as observed_at
    from needed
    inner join snapshots
        on needed.source_name = snapshots.source_name
        and needed.started_at
        <= snapshots.observed_at - interval '{{ var("oncall_provision_minutes") }} minutes'
        and needed.ended_at > snapshots.observed_at
    group by all
),

-- Whoever holds a higher right there can do the work too.
lacking as (
    select seen.*
    from seen
    anti join held
        on seen.engineer_id = held.engineer_id
        and seen.resource_id = held.resource_id
        and (seen.permission in ('*', held.permission) or held.privileged)
        and seen.observed_at >= held.valid_from
        and seen.observed_at < coalesce(held.valid_until, timestamp 'infinity')
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
