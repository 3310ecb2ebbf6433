with events as (
    select * from {{ ref('stg_linkedin_oncall__events') }}
),

changed_events as (
    select * from {{ ref('stg_linkedin_oncall__changed_events') }}
),

changed as (
    select
        source_name,
        event_id,
        arg_max(action, changed_at) as action
    from changed_events
    group by source_name, event_id
)

select
    events.source_name,
    events.observed_at,
    concat(events.team, ' ', events.role) as schedule_id,
    concat(events.team, ' ', events.role) as schedule,
    events.username as person,
    events.level,
    case changed.action
        when 'event_substituted' then 'override'
        when 'event_swapped' then 'swap'
        else 'rotation'
    end as origin,
    true as is_final,
    events.started_at,
    events.ended_at,
    events.window_since,
    events.window_until
from events
left outer join changed
    on events.source_name = changed.source_name
    and events.event_id = changed.event_id
