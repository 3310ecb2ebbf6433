with memberships as (
    select * from {{ ref('stg_hoop__memberships') }}
),

accesses as (
    select * from {{ ref('stg_hoop__accesses') }}
),

-- Administrators use whatever access control lists, and everything else.
opened as (
    select distinct
        source_name,
        observed_at,
        connection,
        unnest([group_name, 'admin']) as group_name
    from accesses
),

granted as (
    select
        memberships.source_name,
        memberships.system,
        memberships.observed_at,
        memberships.email as account,
        opened.connection as resource_name,
        'connect' as permission,
        'group:' || memberships.group_name as granted_via,
        false as is_privileged,
        memberships.is_enabled
    from memberships
    inner join opened
        on memberships.source_name = opened.source_name
        and memberships.observed_at = opened.observed_at
        and memberships.group_name = opened.group_name
    union all
    select
        source_name,
        system,
        observed_at,
        email as account,
        'gateway' as resource_name,
        'admin' as permission,
        'group:admin' as granted_via,
        true as is_privileged,
        is_enabled
    from memberships
    where group_name = 'admin'
)

select
    source_name,
    system,
    observed_at,
    account,
    resource_name,
    permission,
    granted_via,
    is_privileged,
    cast(null as timestamp) as granted_at,
    cast(null as timestamp) as expires_at,
    cast(null as timestamp) as last_used_at,
    cast(null as varchar) as granted_by,
    is_enabled
from granted
