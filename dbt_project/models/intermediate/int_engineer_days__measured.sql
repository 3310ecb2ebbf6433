with unexplained as (
    select * from {{ ref('int_sessions__unexplained') }}
),

dated as (
    select * from {{ ref('int_engineers__dated') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

worked as (
    select
        engineer_id,
        event_day,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        count(*) as sessions,
        cast(sum(action_count) as bigint) as actions,
        count(distinct resource_key) as resources,
        count(distinct system) as systems,
        count(distinct hour(started_at)) as hours,
        min_by(raw_file, (started_at, session_id)) as raw_file,
        min_by(raw_line, (started_at, session_id)) as raw_line
    from unexplained
    group by engineer_id, event_day
),

measured as (
    select
        worked.*,
        dated.team,
        coalesce(engineers.started_at, timestamp '-infinity')
        > worked.event_day - interval '{{ var("warm_up_days") }} days' as is_new_hire
    from worked
    inner join engineers on worked.engineer_id = engineers.engineer_id
    inner join dated
        on worked.engineer_id = dated.engineer_id
        and {{ is_valid_at('dated', 'worked.event_day') }}
)

select * from measured
