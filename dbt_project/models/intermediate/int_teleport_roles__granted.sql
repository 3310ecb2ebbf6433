with rights as (
    select * from {{ ref('stg_teleport_roles__rights') }}
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
    expires_at,
    cast(null as timestamp) as last_used_at,
    granted_by,
    is_enabled
from rights
