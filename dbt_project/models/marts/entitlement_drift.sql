with drifted as (
    select * from {{ ref('int_entitlements__drifted') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

shifts as (
    select * from {{ ref('int_windows__allowed') }}
    where cause = 'shift'
),

on_shift as (
    select distinct
        drifted.engineer_id,
        drifted.resource_id,
        drifted.observed_at
    from drifted
    inner join resources
        on drifted.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'drifted.observed_at') }}
    inner join shifts
        on drifted.engineer_id = shifts.engineer_id
        and resources.service = shifts.service
        and drifted.observed_at >= shifts.started_at
        and drifted.observed_at < shifts.ended_at
),

published as (
    select
        drifted.observed_at::date as observed_on,
        drifted.last_observed_at::date as last_observed_on,
        drifted.engineer_id,
        drifted.account,
        drifted.system,
        drifted.resource_id,
        drifted.resource_name,
        drifted.permission,
        drifted.granted_via,
        drifted.kind,
        on_shift.engineer_id is not null as on_shift,
        drifted.entitlement_id
    from drifted
    left outer join on_shift
        on drifted.engineer_id = on_shift.engineer_id
        and drifted.resource_id = on_shift.resource_id
        and drifted.observed_at = on_shift.observed_at
)

select * from published
