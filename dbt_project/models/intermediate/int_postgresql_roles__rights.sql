with attributes as (
    select * from {{ ref('int_postgresql_roles__attributes') }}
),

reached as (
    select * from {{ ref('int_postgresql_roles__reached') }}
),

memberships as (
    select * from {{ ref('stg_postgresql_roles__memberships') }}
    where can_administer
),

-- What a role is by itself, and what it may become: attributes are not inherited.
powers as (
    select
        *,
        role as account,
        'direct' as granted_via
    from attributes
    union all by name
    select
        attributes.*,
        reached.account,
        'role:' || reached.role as granted_via
    from attributes
    inner join reached
        on attributes.source_name = reached.source_name
        and attributes.observed_at = reached.observed_at
        and attributes.role = reached.role
    where reached.is_settable
),

-- Who may give a role may give it to themselves, whether or not they can use it now.
administered as (
    select
        source_name,
        observed_at,
        member as account,
        'administer ' || role as permission,
        'direct' as granted_via,
        granted_by,
        true as is_privileged
    from memberships
    union all by name
    select
        memberships.source_name,
        memberships.observed_at,
        reached.account,
        'administer ' || memberships.role as permission,
        'role:' || reached.role as granted_via,
        true as is_privileged
    from memberships
    inner join reached
        on memberships.source_name = reached.source_name
        and memberships.observed_at = reached.observed_at
        and memberships.member = reached.role
),

rights as (
    select * exclude (role) from powers
    union all by name
    select * from administered
    union all by name
    select
        * exclude (role, is_settable),
        role as permission,
        role in ({{ mighty_postgresql_roles() }}) as is_privileged
    from reached
)

select
    source_name,
    observed_at,
    account,
    permission,
    granted_via,
    granted_by,
    is_privileged
from rights
