with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Nights of an incident are busy by nature: they are compared with one another only.
measured as (
    select
        sessions.session_id,
        sessions.engineer_id,
        sessions.system,
        sessions.started_at,
        sessions.action_count,
        engineers.team,
        ln(1 + sessions.action_count) as volume,
        sessions.incident_id is not null as is_incident,
        coalesce(engineers.started_at, timestamp '-infinity')
        > sessions.started_at - interval '{{ var("warm_up_days") }} days' as is_new_hire
    from sessions
    inner join engineers on sessions.engineer_id = engineers.engineer_id
    where {{ is_human_access('sessions') }}
)

select * from measured
