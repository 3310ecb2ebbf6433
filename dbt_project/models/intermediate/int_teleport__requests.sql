with events as (
    select * from {{ ref('int_teleport__granting') }}
    where request_id is not null
),

people as (
    select * from {{ ref('int_people__named') }}
),

requests as (
    select
        system,
        request_id,
        min_by(user_name, occurred_at) filter (where event = 'access_request.create') as requester,
        min_by(reason, occurred_at) filter (where event = 'access_request.create') as reason,
        min_by(roles, occurred_at) filter (where roles is not null) as roles,
        min(occurred_at) filter (where event = 'access_request.create') as requested_at,
        min(occurred_at) filter (where upper(request_state) = 'APPROVED') as approved_at,
        max(expires_at) as ended_at,
        min_by(raw_file, occurred_at) as raw_file,
        min_by(raw_line, occurred_at) as raw_line
    from events
    group by system, request_id
)

select
    requests.*,
    people.engineer_id
from requests
left outer join people on {{ account_key('requests.requester') }} = people.name_key
