with requests as (
    select * from {{ ref('int_requests__seen') }}
),

approved as (
    select * from {{ ref('int_requests__approved') }}
),

reviewed as (
    select
        request_id,
        min(reviewed_at) as reviewed_at
    from {{ ref('int_requests__reviewed') }}
    group by request_id
),

exports as (
    select distinct
        source_name,
        observed_at
    from requests
),

decided as (
    select
        requests.request_id,
        min(requests.source_name) as source_name,
        min(requests.observed_at) as recorded_at
    from requests
    inner join approved on requests.request_id = approved.request_id
    where lower(requests.status) not in ('pending', 'open', 'requested', 'new')
    group by requests.request_id
),

recorded as (
    select
        approved.request_id,
        approved.engineer_id,
        approved.resource_id,
        approved.permission,
        approved.started_at,
        approved.ended_at,
        approved.requester,
        greatest(approved.requested_at, reviewed.reviewed_at) as approved_at,
        decided.recorded_at,
        max(exports.observed_at) as unrecorded_at
    from approved
    inner join decided on approved.request_id = decided.request_id
    left outer join reviewed on approved.request_id = reviewed.request_id
    left outer join exports
        on decided.source_name = exports.source_name
        and decided.recorded_at > exports.observed_at
    group by all
)

select * from recorded
