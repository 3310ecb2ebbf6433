with recursive grants as (
    select * from {{ ref('stg_postgresql_roles__memberships') }}
),

-- Several roles may grant one membership, each with options of its own.
memberships as (
    select
        source_name,
        observed_at,
        member,
        role,
        min(granted_by) as granted_by,
        bool_or(is_settable) as is_settable,
        bool_or(is_inherited or is_settable) as is_usable
    from grants
    group by all
),

reached as (
    select
        source_name,
        observed_at,
        member,
        role,
        cast(null as varchar) as through,
        granted_by,
        is_settable
    from memberships
    where is_usable
    union
    select
        reached.source_name,
        reached.observed_at,
        reached.member,
        memberships.role,
        coalesce(reached.through, reached.role) as through,
        cast(null as varchar) as granted_by,
        reached.is_settable and memberships.is_settable as is_settable
    from reached
    inner join memberships
        on reached.source_name = memberships.source_name
        and reached.observed_at = memberships.observed_at
        and reached.role = memberships.member
    where memberships.is_usable
)

select
    source_name,
    observed_at,
    member as account,
    role,
    coalesce('role:' || through, 'direct') as granted_via,
    min(granted_by) as granted_by,
    bool_or(is_settable) as is_settable
from reached
group by all
