with permissions as (
    select * from {{ ref('stg_generic__permissions') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

unioned as (
    select
        source_name,
        system,
        observed_at,
        account,
        resource_name,
        permission,
        coalesce(granted_via, 'direct') as granted_via,
        is_privileged,
        granted_at,
        expires_at,
        last_used_at,
        granted_by,
        is_enabled
    from permissions
    {{- of_systems('granted') }}
),

-- One row a right and good snapshot; what a half-empty snapshot lacks says nothing, and whose
-- account is disabled holds nothing.
seen as (
    select
        unioned.source_name,
        unioned.system,
        unioned.account,
        unioned.resource_name,
        unioned.permission,
        unioned.granted_via,
        snapshots.ordinal,
        snapshots.observed_at,
        snapshots.previous_at,
        snapshots.next_at,
        bool_or(unioned.is_privileged) as is_privileged,
        min(unioned.granted_at) as granted_at,
        max(unioned.expires_at) as expires_at,
        max(unioned.last_used_at) as last_used_at,
        min(unioned.granted_by) as granted_by
    from unioned
    inner join snapshots
        on unioned.source_name = snapshots.source_name
        and unioned.observed_at = snapshots.observed_at
    where coalesce(unioned.is_enabled, true)
    group by all
)

select * from seen
