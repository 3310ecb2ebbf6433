with memberships as (
    select * from {{ ref('stg_okta__memberships') }}
),

roles as (
    select * from {{ ref('stg_okta__roles') }}
),

granted as (
    select
        source_name,
        system,
        observed_at,
        login as account,
        group_name as resource_name,
        'member' as permission,
        'direct' as granted_via,
        null::boolean as is_privileged,
        null::timestamp as granted_at,
        is_enabled
    from memberships
    union all
    select
        source_name,
        system,
        observed_at,
        login as account,
        'organisation' as resource_name,
        role as permission,
        case when assignment_type = 'GROUP' then 'group' else 'direct' end as granted_via,
        true as is_privileged,
        granted_at,
        is_enabled
    from roles
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
    granted_at,
    null::timestamp as expires_at,
    null::timestamp as last_used_at,
    null::varchar as granted_by,
    is_enabled
from granted
