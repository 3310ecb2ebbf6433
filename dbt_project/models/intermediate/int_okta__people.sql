with users as (
    select * from {{ ref('stg_okta__users') }}
)

select
    source_name,
    system,
    observed_at,
    event_key,
    engineer_id,
    name,
    email,
    team,
    role,
    time_zone,
    accounts,
    cast(null as varchar) as devices,
    cast(null as varchar) as travel,
    started_at,
    ended_at
from users
