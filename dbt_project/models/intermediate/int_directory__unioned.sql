with generic_people as (
    select * from {{ ref('stg_generic__directory') }}
),

unioned as (
    select
        source_name,
        system,
        observed_at,
        event_key,
        engineer_id,
        name,
        email,
        team,
        role,
        time_zone,
        accounts,
        devices,
        travel,
        started_at,
        ended_at
    from generic_people
    {{- of_systems('people') }}
)

select * from unioned
