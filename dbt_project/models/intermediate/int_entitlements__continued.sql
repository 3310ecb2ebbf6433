with new_rights as (
    select * from {{ ref('int_entitlements__new') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

spelled as (
    select
        source_name,
        system,
        permission,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        count(distinct account) as holders
    from held
    group by all
),

-- The same right as before by another way, or one that its system now calls otherwise: then
-- nobody is left with the old name, and not one person alone has changed over to the new one.
continued as (
    select distinct new_rights.entitlement_id
    from new_rights
    inner join held
        on new_rights.source_name = held.source_name
        and new_rights.system = held.system
        and new_rights.account = held.account
        and coalesce(new_rights.resource_name, '') = coalesce(held.resource_name, '')
        and new_rights.previous_at >= held.first_seen_at
        and new_rights.previous_at <= held.last_seen_at
    inner join spelled as before
        on held.source_name = before.source_name
        and held.system = before.system
        and held.permission = before.permission
    inner join spelled as after
        on new_rights.source_name = after.source_name
        and new_rights.system = after.system
        and new_rights.permission = after.permission
    where
        coalesce(new_rights.expires_at, timestamp 'infinity')
        <= coalesce(held.expires_at, timestamp 'infinity')
        and (
            new_rights.permission = held.permission
            or (
                before.last_seen_at = new_rights.previous_at
                and before.holders > 1
                and (held.privileged or not new_rights.privileged)
                and after.first_seen_at = new_rights.first_seen_at
            )
        )
)

select * from continued
