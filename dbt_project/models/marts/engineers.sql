with current as (
    select * from {{ ref('int_engineers__current') }}
),

published as (
    select
        engineer_id,
        name,
        email,
        team,
        role,
        time_zone,
        started_at,
        ended_at
    from current
)

select * from published
