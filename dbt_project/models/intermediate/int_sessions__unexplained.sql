with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

-- What an incident or an approved request called for has its reason, and is nobody's habit.
unexplained as (
    select
        session_id,
        engineer_id,
        system,
        coalesce(resource_id, system || ':' || resource_name) as resource_key,
        started_at,
        ended_at,
        action_count,
        first_event_id,
        raw_file,
        raw_line,
        cast(started_at as date) as event_day
    from sessions
    where
        engineer_id is not null
        and incident_id is null
        and request_id is null
        and {{ is_human_access('sessions') }}
)

select * from unexplained
