with reviews as (
    select * from {{ ref('stg_hoop__reviews') }}
)

select
    event_key,
    source_name,
    system,
    review_id as request_id,
    requester,
    approver,
    connection as resource_name,
    'connect' as permission,
    case
        when upper(status) in ('APPROVED', 'PROCESSING', 'EXECUTED') then 'approved'
        when upper(status) = 'REJECTED' then 'denied'
        -- It had been approved, and held until then.
        when upper(status) = 'REVOKED' then 'expired'
        else lower(status)
    end as status,
    cast(null as varchar) as reason,
    reviews,
    requested_at,
    started_at,
    ended_at,
    observed_at
from reviews
