with entries as (
    select * from {{ ref('stg_opsgenie__schedule_entries') }}
),

escalations as (
    select * from {{ ref('stg_opsgenie__escalations') }}
),

-- The escalations as they were in the latest snapshot of the source.
levels as (
    select
        source_name,
        schedule_id,
        min(level) as level
    from (
        select *
        from escalations
        qualify observed_at = max(observed_at) over (partition by source_name)
    ) as latest
    group by source_name, schedule_id
)

-- A forwarding lets one person stand in for another, which is a swap of theirs.
select
    entries.source_name,
    entries.observed_at,
    entries.schedule_id,
    coalesce(entries.schedule_name, entries.schedule_id) as schedule,
    entries.person,
    coalesce(levels.level, 1) as level,
    case entries.entry_kind
        when 'override' then 'override'
        when 'forwarding' then 'swap'
        else 'rotation'
    end as origin,
    entries.entry_kind = 'final' as is_final,
    entries.started_at,
    entries.ended_at,
    entries.window_since,
    entries.window_until
from entries
left outer join levels
    on entries.source_name = levels.source_name
    and entries.schedule_id = levels.schedule_id
