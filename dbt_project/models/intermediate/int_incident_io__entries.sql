with entries as (
    select * from {{ ref('stg_incident_io__schedule_entries') }}
),

escalation_levels as (
    select * from {{ ref('stg_incident_io__escalation_levels') }}
),

latest as (
    select *
    from escalation_levels
    qualify observed_at = max(observed_at) over (partition by source_name)
),

levels as (
    select
        source_name,
        schedule_id,
        min(level) as level
    from latest
    group by source_name, schedule_id
)

select
    entries.source_name,
    entries.observed_at,
    entries.schedule_id,
    coalesce(entries.schedule_name, entries.schedule_id) as schedule,
    entries.person,
    coalesce(levels.level, 1) as level,
    case when entries.entry_kind = 'override' then 'override' else 'rotation' end as origin,
    entries.entry_kind = 'final' as is_final,
    entries.started_at,
    entries.ended_at,
    entries.window_since,
    entries.window_until
from entries
left outer join levels
    on entries.source_name = levels.source_name
    and entries.schedule_id = levels.schedule_id
