with alert_groups as (
    select * from {{ ref('stg_grafana_oncall__alert_groups') }}
),

users as (
    select * from {{ ref('stg_grafana_oncall__users') }}
),

addresses as (
    select
        source_name,
        user_id,
        arg_max(coalesce(nullif(email, ''), nullif(username, '')), observed_at) as address
    from users
    group by source_name, user_id
),

answered as (
    select
        source_name,
        alert_group_id,
        acknowledged_by as user_id,
        acknowledged_at as joined_at
    from alert_groups
    union
    select
        source_name,
        alert_group_id,
        resolved_by as user_id,
        resolved_at as joined_at
    from alert_groups
)

select
    answered.alert_group_id as incident_id,
    coalesce(addresses.address, answered.user_id) as person,
    answered.joined_at
from answered
left outer join addresses
    on answered.source_name = addresses.source_name and answered.user_id = addresses.user_id
where answered.user_id is not null
