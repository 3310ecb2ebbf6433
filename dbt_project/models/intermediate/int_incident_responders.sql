with pagerduty_responders as (
    select * from {{ ref('stg_pagerduty__incident_responders') }}
),

generic_incidents as (
    select * from {{ ref('stg_generic__incidents') }}
),

incidents as (
    select * from {{ ref('int_incidents__unioned') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

listed as (
    select
        incident_id,
        unnest(from_json(try_cast(responders as json), '["JSON"]')) as responder
    from generic_incidents
),

-- A responder is written as a bare name, or as an object that also says when they joined.
named as (
    select
        incident_id,
        user_id as person,
        joined_at
    from pagerduty_responders
    where role in ('assigned', 'acknowledged', 'joined', 'resolved')
    union all
    select
        incident_id,
        coalesce(responder ->> '$.engineer', responder ->> '$') as person,
        try_cast(responder ->> '$.joined_at' as timestamp) as joined_at
    from listed
    {{- of_systems('responders') }}
),

responders as (
    select
        named.incident_id,
        people.engineer_id,
        min(coalesce(named.joined_at, incidents.started_at)) as joined_at
    from named
    inner join people on {{ account_key('named.person') }} = people.name_key
    inner join incidents on named.incident_id = incidents.incident_id
    where people.engineer_id is not null
    group by named.incident_id, people.engineer_id
)

select * from responders
