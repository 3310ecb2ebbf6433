with run as (
    select max(until) as until from {{ ref('stg_control__run') }}
),

held as (
    select held.*
    from {{ ref('int_entitlements__held') }} as held
    inner join run
        on held.valid_from <= run.until
        and coalesce(held.valid_until > run.until, true)
    where held.engineer_id is not null and held.resource_id is not null
),

allowed as (
    select distinct
        allowed.engineer_id,
        allowed.resource_id,
        allowed.permission
    from {{ ref('int_entitlements__allowed') }} as allowed
    inner join run
        on coalesce(allowed.valid_from <= run.until, true)
        and coalesce(allowed.valid_until > run.until, true)
),

can as (
    select
        engineer_id,
        resource_id,
        permission,
        string_agg(distinct granted_via, ', ' order by granted_via) as granted_via,
        max(last_used_at) as last_used_at
    from held
    group by all
),

judged as (
    select
        can.*,
        true as can_access,
        count(allowed.engineer_id) > 0 as should_access
    from can
    left outer join allowed
        on can.engineer_id = allowed.engineer_id
        and can.resource_id = allowed.resource_id
        and allowed.permission in ('*', can.permission)
    group by all
),

-- Leave to hold anything is met by holding something.
unmet as (
    select allowed.*
    from allowed
    anti join can
        on allowed.engineer_id = can.engineer_id
        and allowed.resource_id = can.resource_id
        and allowed.permission in ('*', can.permission)
),

mapped as (
    select * from judged
    union all
    select
        engineer_id,
        resource_id,
        permission,
        null as granted_via,
        null as last_used_at,
        false as can_access,
        true as should_access
    from unmet
)

select * from mapped
