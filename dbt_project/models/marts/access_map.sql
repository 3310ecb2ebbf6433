with mapped as (
    select * from {{ ref('int_entitlements__mapped') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

shifts as (
    select * from {{ ref('int_windows__allowed') }}
    where cause = 'shift'
),

run as (
    select max(until) as until from {{ ref('stg_control__run') }}
),

on_shift as (
    select distinct
        shifts.engineer_id,
        resources.resource_id
    from shifts
    inner join run
        on shifts.started_at <= run.until
        and shifts.ended_at > run.until
    inner join resources
        on shifts.service = resources.service
        and {{ is_valid_at('resources', 'run.until') }}
),

published as (
    select
        mapped.engineer_id,
        mapped.resource_id,
        mapped.permission,
        mapped.can_access,
        mapped.should_access,
        mapped.granted_via,
        on_shift.engineer_id is not null as on_shift,
        mapped.last_used_at
    from mapped
    left outer join on_shift
        on mapped.engineer_id = on_shift.engineer_id
        and mapped.resource_id = on_shift.resource_id
)

select * from published
