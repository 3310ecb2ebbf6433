with shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where is_retroactive
),

changes as (
    select * from {{ ref('stg_pagerduty__schedule_changes') }}
),

entries as (
    select * from {{ ref('int_schedules__entries') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

schedules as (
    select distinct
        source_name,
        schedule_id,
        schedule
    from entries
),

changed as (
    select
        schedules.schedule,
        changes.changed_at,
        coalesce(engineers.name, changes.actor_name, changes.actor_id) as actor
    from changes
    inner join schedules
        on changes.source_name = schedules.source_name
        and changes.schedule_id = schedules.schedule_id
    left outer join people on {{ account_key('changes.actor_id') }} = people.name_key
    left outer join engineers on people.engineer_id = engineers.engineer_id
),

-- Between the last snapshot without the entry and the first one with it.
edited as (
    select
        shifts.shift_id,
        shifts.schedule,
        shifts.origin,
        shifts.started_at,
        shifts.last_absent_at,
        shifts.recorded_at,
        string_agg(distinct changed.actor, ' and ' order by changed.actor) as actors,
        max(changed.changed_at) as edited_at
    from shifts
    left outer join changed
        on shifts.schedule = changed.schedule
        and shifts.last_absent_at < changed.changed_at
        and shifts.recorded_at >= changed.changed_at
    group by all
)

select * from edited
