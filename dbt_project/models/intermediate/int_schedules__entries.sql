{{ config(materialized='table') }}

with entries as (
    select * from {{ ref('stg_pagerduty__schedule_entries') }}
),

oncalls as (
    select * from {{ ref('stg_pagerduty__oncalls') }}
),

generic_entries as (
    select * from {{ ref('stg_generic__schedules') }}
),

levels as (
    select
        source_name,
        schedule_id,
        min(escalation_level) as level
    from oncalls
    group by source_name, schedule_id
),

pagerduty_entries as (
    select
        entries.source_name,
        entries.observed_at,
        entries.schedule_id,
        coalesce(entries.schedule_name, entries.schedule_id) as schedule,
        entries.user_id as person,
        coalesce(levels.level, 1) as level,
        case when entries.entry_kind = 'override' then 'override' else 'rotation' end as origin,
        entries.entry_kind <> 'override' as is_final,
        entries.started_at,
        entries.ended_at,
        entries.window_since,
        entries.window_until
    from entries
    left outer join levels
        on entries.source_name = levels.source_name
        and entries.schedule_id = levels.schedule_id
),

unioned as (
    select * from pagerduty_entries
    union all
    select
        source_name,
        observed_at,
        schedule as schedule_id,
        schedule,
        engineer as person,
        coalesce(level, 1) as level,
        coalesce(lower(origin), 'rotation') as origin,
        true as is_final,
        started_at,
        ended_at,
        window_since,
        window_until
    from generic_entries
    {{- of_systems('entries') }}
),

-- A file that does not say what it covers speaks for the time from its first entry to its last.
bounded as (
    select
        * exclude (person, window_since, window_until),
        {{ account_key('person') }} as person,
        coalesce(window_since, min(started_at) over snapshot) as window_since,
        coalesce(window_until, max(ended_at) over snapshot) as window_until
    from unioned
    window snapshot as (partition by source_name, schedule_id, observed_at)
)

select * from bounded
