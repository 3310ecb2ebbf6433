with entries as (
    select * from {{ ref('int_schedules__entries') }}
),

final_entries as (
    select * from {{ ref('int_schedules__final') }}
),

bounds as (
    select
        source_name,
        schedule_id,
        person,
        unnest([started_at, ended_at]) as cut_at
    from final_entries
    union
    select
        source_name,
        schedule_id,
        person,
        unnest([started_at, ended_at]) as cut_at
    from entries
),

spans as (
    select
        source_name,
        schedule_id,
        person,
        cut_at as started_at,
        lead(cut_at) over (
            partition by source_name, schedule_id, person order by cut_at
        ) as ended_at
    from bounds
),

-- Cut wherever any snapshot begins or ends an entry of this person, so that each piece has
-- one time at which it was first written down.
pieces as (
    select
        spans.source_name,
        spans.schedule_id,
        spans.person,
        spans.started_at,
        spans.ended_at,
        min(final_entries.schedule) as schedule,
        min(final_entries.level) as level,
        max(final_entries.observed_at) as observed_at
    from spans
    inner join final_entries
        on spans.source_name = final_entries.source_name
        and spans.schedule_id = final_entries.schedule_id
        and spans.person = final_entries.person
        and spans.started_at >= final_entries.started_at
        and spans.ended_at <= final_entries.ended_at
    group by all
)

select * from pieces
