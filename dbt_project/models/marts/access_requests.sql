with unioned as (
    select * from {{ ref('int_requests__unioned') }}
),

published as (
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
        requested_at,
        requester,
        approver
    from unioned
)

select * from published
