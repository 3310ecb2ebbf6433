with break_glass as (
    select * from {{ ref('int_sessions__break_glass') }}
),

responders as (
    select * from {{ ref('int_incident_responders') }}
),

incidents as (
    select * from {{ ref('int_incidents__unioned') }}
),

requests as (
    select * from {{ ref('int_requests__approved') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

answered as (
    select
        incidents.*,
        responders.engineer_id
    from responders
    inner join incidents on responders.incident_id = incidents.incident_id
),

unexplained as (
    select break_glass.*
    from break_glass
    anti join answered
        on break_glass.engineer_id = answered.engineer_id
        and answered.started_at
        <= break_glass.started_at + interval '{{ var("break_glass_incident_minutes") }} minutes'
        and break_glass.started_at < coalesce(answered.ended_at, timestamp 'infinity')
),

described as (
    select
        unexplained.*,
        coalesce(unexplained.resource_id, unexplained.resource_name, 'an unnamed place') as target,
        min(coalesce(engineers.name, unexplained.engineer_id, unexplained.account)) as who_used_it,
        round(min(greatest(
            {{ seconds_between('unexplained.started_at', 'answered.started_at') }},
            {{ seconds_between('answered.ended_at', 'unexplained.started_at') }}
        )) / 60, 1) as incident_gap_minutes,
        min(requests.approver_id) as approver
    from unexplained
    left outer join engineers on unexplained.engineer_id = engineers.engineer_id
    left outer join answered on unexplained.engineer_id = answered.engineer_id
    left outer join requests on unexplained.request_id = requests.request_id
    group by all
),

findings as (
    select
        'break_glass_no_incident' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        entitlement as permission,
        service,
        session_id,
        started_at,
        ended_at,
        1.0 as score,
        who_used_it || ' used break-glass access (' || entitlement || ') to ' || target || ' ('
        || system || ') at ' || {{ moment('started_at') }} || ': no incident that they answer was '
        || 'open then or opened within {{ var("break_glass_incident_minutes") }} min.' as summary,
        json_object('incident_gap_minutes', incident_gap_minutes, 'approver', approver) as evidence,
        raw_file,
        raw_line
    from described
)

select * from findings
