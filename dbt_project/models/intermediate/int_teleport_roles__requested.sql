with requests as (
    select * from {{ ref('stg_teleport_roles__requests') }}
)

select
    event_key,
    source_name,
    system,
    request_id,
    requester,
    approver,
    resource_name,
    permission,
    status,
    reason,
    reviews,
    requested_at,
    started_at,
    ended_at,
    observed_at
from requests
