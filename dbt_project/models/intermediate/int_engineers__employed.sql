with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

departures as (
    select * from {{ ref('int_engineers__left') }}
),

begun as (
    select
        engineer_id,
        min(coalesce(started_at, timestamp '-infinity')) as started_at
    from directory
    where engineer_id is not null
    group by engineer_id
    union
    select
        engineer_id,
        returned_at as started_at
    from departures
    where returned_at is not null
),

employed as (
    select
        begun.engineer_id,
        nullif(begun.started_at, timestamp '-infinity') as started_at,
        min(departures.ended_at) as ended_at
    from begun
    left outer join departures
        on begun.engineer_id = departures.engineer_id
        and begun.started_at < departures.ended_at
    group by begun.engineer_id, begun.started_at
)

select * from employed
