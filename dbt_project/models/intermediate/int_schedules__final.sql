with entries as (
    select * from {{ ref('int_schedules__entries') }}
    where is_final
),

authority as (
    select * from {{ ref('int_schedules__authority') }}
),

final as (
    select
        entries.source_name,
        entries.schedule_id,
        entries.schedule,
        entries.person,
        entries.level,
        entries.observed_at,
        greatest(entries.started_at, authority.started_at) as started_at,
        least(entries.ended_at, authority.ended_at) as ended_at
    from entries
    inner join authority
        on entries.source_name = authority.source_name
        and entries.schedule_id = authority.schedule_id
        and entries.observed_at = authority.observed_at
        and entries.started_at < authority.ended_at
        and entries.ended_at > authority.started_at
)

select * from final
