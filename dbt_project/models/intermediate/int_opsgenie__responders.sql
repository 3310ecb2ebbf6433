with incidents as (
    select * from {{ ref('stg_opsgenie__incidents') }}
),

listed as (
    select
        incident_id,
        unnest(from_json(try_cast(responders as json), '["JSON"]')) as responder
    from incidents
)

select distinct
    incident_id,
    responder ->> '$.person' as person,
    timezone('UTC', try_cast(responder ->> '$.joined_at' as timestamptz)) as joined_at
from listed
