{{ config(materialized='table') }}

with held as (
    select * from {{ ref('int_entitlements__held') }}
),

seen as (
    select * from {{ ref('int_entitlements__seen') }}
),

sighted as (
    select
        held.entitlement_id,
        seen.observed_at,
        seen.expires_at
    from seen
    inner join held
        on seen.source_name = held.source_name
        and seen.system = held.system
        and seen.account = held.account
        and seen.permission = held.permission
        and seen.granted_via = held.granted_via
        and seen.resource_name is not distinct from held.resource_name
        and seen.observed_at >= held.first_seen_at
        and seen.observed_at <= held.last_seen_at
)

select * from sighted
