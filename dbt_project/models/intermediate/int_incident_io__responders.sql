with incidents as (
    select * from {{ ref('stg_incident_io__incidents') }}
),

listed as (
    select
        incident_id,
        unnest(from_json(try_cast(responders as json), '["JSON"]')) as responder
    from incidents
)

-- Since when somebody has had a role is not told: since the incident began, then.
select distinct
    incident_id,
    responder ->> '$.person' as person,
    null::timestamp as joined_at
from listed
