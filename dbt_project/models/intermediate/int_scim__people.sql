with users as (
    select * from {{ ref('stg_scim__users') }}
),

stints as (
    select * from {{ ref('int_scim__stints') }}
),

teams as (
    select * from {{ ref('int_scim__teams') }}
)

select
    users.source_name,
    users.system,
    users.observed_at,
    users.event_key,
    users.engineer_id,
    users.name,
    users.email,
    coalesce(users.team, teams.team) as team,
    users.role,
    users.time_zone,
    users.accounts,
    cast(null as varchar) as devices,
    cast(null as varchar) as travel,
    stints.started_at,
    stints.ended_at
from users
inner join stints
    on users.source_name = stints.source_name
    and users.engineer_id = stints.engineer_id
    and users.observed_at = stints.observed_at
left outer join teams
    on users.source_name = teams.source_name
    and users.user_id = teams.user_id
    and users.observed_at = teams.observed_at
