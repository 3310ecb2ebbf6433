{{ config(materialized='table') }}

with owned as (
    select * from {{ ref('int_entitlements__owned') }}
),

used as (
    select * from {{ ref('int_entitlements__used') }}
),

used_by_account as (
    select
        system,
        account,
        coalesce(resource_id, resource_name) as target,
        max(last_session_at) as last_session_at
    from used
    group by all
),

used_by_engineer as (
    select
        engineer_id,
        resource_id,
        max(last_session_at) as last_session_at
    from used
    where engineer_id is not null
    group by all
),

held as (
    select
        md5(
            concat_ws(
                chr(31), owned.source_name, owned.system, owned.account,
                coalesce(owned.resource_name, ''), owned.permission, owned.granted_via,
                owned.first_seen_at,
                -- Of a right to whatever fits a pattern there is one row for each that does.
                case when {{ is_pattern('owned.resource_name') }} then owned.resource_id end
            )
        ) as entitlement_id,
        owned.source_name,
        owned.system,
        owned.account,
        owned.resource_name,
        owned.permission,
        owned.granted_via,
        owned.granted_by,
        owned.first_ordinal,
        owned.first_seen_at,
        owned.last_seen_at,
        owned.valid_until,
        owned.expires_at,
        owned.valid_from,
        owned.resource_id,
        owned.is_privileged,
        owned.privileged,
        owned.break_glass,
        owned.engineer_id,
        owned.account_kind,
        -- Each may be missing, and greatest() passes over what is.
        greatest(
            owned.last_used_at, used_by_account.last_session_at, used_by_engineer.last_session_at
        ) as last_used_at
    from owned
    left outer join used_by_account
        on owned.system = used_by_account.system
        and {{ account_key('owned.account') }} = used_by_account.account
        and coalesce(owned.resource_id, owned.resource_name) = used_by_account.target
    left outer join used_by_engineer
        on owned.engineer_id = used_by_engineer.engineer_id
        and owned.resource_id = used_by_engineer.resource_id
)

select * from held
