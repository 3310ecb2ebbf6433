{{ config(materialized='table') }}

with pieces as (
    select * from {{ ref('int_shifts__pieces') }}
),

entries as (
    select * from {{ ref('int_schedules__entries') }}
),

windows as (
    select * from {{ ref('int_schedules__windows') }}
),

recorded as (
    select
        pieces.source_name,
        pieces.schedule_id,
        pieces.person,
        pieces.started_at,
        pieces.ended_at,
        pieces.schedule,
        pieces.level,
        pieces.observed_at,
        min(entries.observed_at) as recorded_at,
        coalesce(
            max(entries.origin) filter (
                where entries.observed_at = pieces.observed_at and entries.origin <> 'rotation'
            ),
            'rotation'
        ) as origin
    from pieces
    inner join entries
        on pieces.source_name = entries.source_name
        and pieces.schedule_id = entries.schedule_id
        and pieces.person = entries.person
        and pieces.started_at >= entries.started_at
        and pieces.ended_at <= entries.ended_at
    group by all
),

-- Only a snapshot that covers the piece and lacks it proves that it was written later.
bracketed as (
    select
        recorded.source_name,
        recorded.schedule_id,
        recorded.person,
        recorded.started_at,
        recorded.ended_at,
        recorded.schedule,
        recorded.level,
        recorded.observed_at,
        recorded.recorded_at,
        recorded.origin,
        max(windows.observed_at) as last_absent_at
    from recorded
    left outer join windows
        on recorded.source_name = windows.source_name
        and recorded.schedule_id = windows.schedule_id
        and recorded.recorded_at > windows.observed_at
        and recorded.started_at >= windows.window_since
        and recorded.ended_at <= windows.window_until
    group by all
)

select * from bracketed
