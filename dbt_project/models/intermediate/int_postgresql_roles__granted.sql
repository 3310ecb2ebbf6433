with accounts as (
    select * from {{ ref('stg_postgresql_roles__roles') }}
    where can_login
),

grants as (
    select * from {{ ref('stg_postgresql_roles__grants') }}
),

rights as (
    select * from {{ ref('int_postgresql_roles__rights') }}
),

databases as (
    select distinct
        source_name,
        observed_at,
        database_name
    from grants
),

-- What everybody has who can log in at all, unless somebody took it away, tells nobody apart.
told as (
    select
        *,
        case kind when 'tables' then 'tables in ' else kind || ' ' end
        || concat_ws('.', database_name, schema_name) as place
    from grants
    where
        not is_public
        or not (kind = 'database' and privilege in ('connect', 'temporary'))
        and not (kind = 'schema' and schema_name = 'public')
),

-- Attributes and memberships are the whole server's, and so of each of its databases.
held as (
    select
        rights.*,
        databases.database_name
    from rights
    inner join databases
        on rights.source_name = databases.source_name
        and rights.observed_at = databases.observed_at
    union all by name
    select
        told.source_name,
        told.observed_at,
        accounts.name as account,
        told.privilege || case told.privilege when 'owner' then ' of ' else ' on ' end
        || told.place as permission,
        case when told.is_public then 'public' else 'direct' end as granted_via,
        told.granted_by,
        false as is_privileged,
        told.database_name
    from told
    inner join accounts
        on told.source_name = accounts.source_name
        and told.observed_at = accounts.observed_at
        and (told.is_public or told.grantee = accounts.name)
)

select distinct
    held.source_name,
    accounts.system,
    held.observed_at,
    held.account,
    coalesce(accounts.resource, held.database_name) as resource_name,
    held.permission,
    held.granted_via,
    held.is_privileged,
    cast(null as timestamp) as granted_at,
    accounts.valid_until as expires_at,
    cast(null as timestamp) as last_used_at,
    held.granted_by,
    accounts.can_login as is_enabled
from held
inner join accounts
    on held.source_name = accounts.source_name
    and held.observed_at = accounts.observed_at
    and held.account = accounts.name
