with shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where engineer_id is not null and not coalesce(is_retroactive, false)
),

shift_access as (
    select * from {{ ref('stg_policy__shift_access') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

resources as (
    select * from {{ ref('int_resources__held') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

-- The first snapshot of the shift, but none that ran while rights were still being given: of a
-- shift that was written down after its beginning they could not be given before.
seen as (
    select
        shifts.shift_id,
        shifts.engineer_id,
        shifts.service,
        shifts.started_at,
        snapshots.source_name,
        min(snapshots.observed_at) as observed_at
    from shifts
    inner join snapshots
        on greatest(
            shifts.started_at,
            case when shifts.last_absent_at >= shifts.started_at then shifts.recorded_at end
        )
        <= snapshots.observed_at - interval '{{ var("oncall_provision_minutes") }} minutes'
        and shifts.ended_at > snapshots.observed_at
    group by all
),

-- Only a source that has told of a right by then can tell that somebody lacks it.
told as (
    select
        source_name,
        system,
        resource_name,
        permission,
        min(first_seen_at) as told_at
    from held
    group by all
),

needing as (
    select distinct
        seen.shift_id,
        seen.engineer_id,
        seen.observed_at,
        shift_access.resource_id,
        shift_access.permission
    from seen
    inner join shift_access
        on seen.service = shift_access.service
        and {{ is_valid_at('shift_access', 'seen.started_at') }}
    inner join told
        on seen.source_name = told.source_name
        and seen.observed_at >= told.told_at
        and shift_access.permission in ('*', told.permission)
    inner join resources
        on told.system = resources.system
        and told.resource_name = resources.resource_name
        and shift_access.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'seen.observed_at') }}
)

select * from needing
