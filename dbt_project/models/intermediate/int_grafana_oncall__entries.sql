with shifts as (
    select * from {{ ref('stg_grafana_oncall__shifts') }}
),

swaps as (
    select * from {{ ref('stg_grafana_oncall__swaps') }}
),

users as (
    select * from {{ ref('stg_grafana_oncall__users') }}
),

levels as (
    select * from {{ ref('int_grafana_oncall__levels') }}
),

addresses as (
    select
        source_name,
        user_id,
        arg_max(coalesce(nullif(email, ''), nullif(username, '')), observed_at) as address
    from users
    group by source_name, user_id
),

-- A swap does not show in the shifts that it changed but for who is in them.
entries as (
    select
        source_name,
        observed_at,
        schedule_id,
        coalesce(nullif(email, ''), nullif(username, ''), user_id) as person,
        'rotation' as origin,
        true as is_final,
        started_at,
        ended_at,
        window_since,
        window_until
    from shifts
    union all by name
    select
        swaps.source_name,
        swaps.observed_at,
        swaps.schedule_id,
        coalesce(addresses.address, swaps.benefactor) as person,
        'swap' as origin,
        false as is_final,
        swaps.started_at,
        swaps.ended_at
    from swaps
    left outer join addresses
        on swaps.source_name = addresses.source_name and swaps.benefactor = addresses.user_id
),

names as (
    select
        source_name,
        schedule_id,
        arg_max(schedule_name, observed_at) as schedule
    from shifts
    group by source_name, schedule_id
)

select
    entries.*,
    coalesce(names.schedule, entries.schedule_id) as schedule,
    coalesce(levels.level, 1) as level
from entries
left outer join names
    on entries.source_name = names.source_name and entries.schedule_id = names.schedule_id
left outer join levels
    on entries.source_name = levels.source_name and entries.schedule_id = levels.schedule_id
