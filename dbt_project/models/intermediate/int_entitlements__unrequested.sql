with added as (
    select * from {{ ref('int_entitlements__added') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

automation as (
    select * from {{ ref('stg_policy__automation') }}
),

exceptions as (
    select * from {{ ref('int_entitlements__given') }}
    where cause = 'exception'
),

requested as (
    select * from {{ ref('int_entitlements__requested') }}
),

earlier as (
    select
        added.entitlement_id,
        max(held.last_seen_at) as last_held_at
    from added
    inner join held
        on added.source_name = held.source_name
        and added.account = held.account
        and added.permission = held.permission
        and coalesce(added.resource_name, '') = coalesce(held.resource_name, '')
        and added.first_seen_at > held.last_seen_at
    group by added.entitlement_id
),

unrequested as (
    select
        added.entitlement_id,
        added.source_name,
        added.system,
        added.account,
        added.engineer_id,
        added.resource_id,
        added.resource_name,
        added.permission,
        added.privileged,
        added.granted_via,
        added.granted_by,
        added.valid_from,
        added.first_seen_at,
        added.expires_at,
        added.previous_at,
        requested.unknown_request_id,
        requested.requests_checked,
        case
            when earlier.last_held_at is null then 'added'
            when earlier.last_held_at < added.previous_at then 'returned'
            else 'extended'
        end as diff_kind
    from added
    left outer join requested on added.entitlement_id = requested.entitlement_id
    left outer join earlier on added.entitlement_id = earlier.entitlement_id
    anti join automation
        on added.system glob automation.system_glob
        and (
            added.granted_via glob automation.name_glob
            or added.granted_by glob automation.name_glob
        )
        and {{ is_valid_at('automation', 'added.first_seen_at') }}
    anti join exceptions
        on added.engineer_id = exceptions.engineer_id
        and added.resource_id = exceptions.resource_id
        and exceptions.permission in ('*', added.permission)
        and added.first_seen_at < exceptions.given_until
    where not coalesce(requested.is_approved, false)
)

select * from unrequested
