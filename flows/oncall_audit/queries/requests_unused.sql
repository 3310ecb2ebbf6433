-- title: Approved requests that nobody used
-- question: Which access was asked for and approved, and then used in no session?
-- logs: true
-- parameters: {}
select
    access_requests.started_at,
    access_requests.ended_at,
    engineers.name,
    access_requests.engineer_id,
    access_requests.resource_id,
    access_requests.permission,
    access_requests.reason,
    access_requests.approver,
    access_requests.request_id
from access_requests
anti join sessions
    on
    access_requests.engineer_id = sessions.engineer_id
    and access_requests.resource_id = sessions.resource_id
    and coalesce(access_requests.ended_at > sessions.started_at, true)
    and (
        access_requests.started_at < sessions.ended_at
        or access_requests.started_at <= sessions.started_at
    )
left outer join engineers on access_requests.engineer_id = engineers.engineer_id
where access_requests.status = 'approved'
order by access_requests.started_at, access_requests.request_id
