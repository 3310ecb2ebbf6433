with requests as (
    select * from {{ ref('int_requests__unioned') }}
),

approved as (
    select
        request_id,
        engineer_id,
        approver_id,
        resource_id,
        permission,
        status,
        started_at,
        ended_at,
        reason,
        requester,
        approver,
        resource_name,
        requested_at
    from requests
    where
        status = 'approved'
        -- A grant that ran out had been approved; a request that ran out had not.
        or (status = 'expired' and approver is not null)
)

select * from approved
