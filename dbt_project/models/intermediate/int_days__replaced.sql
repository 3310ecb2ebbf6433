with opened_days as (
    select * from {{ ref('stg_control__opened_days') }}
),

-- A record changes the sessions of its own day and of the days after it that a session may reach.
bounds as (
    select
        cast(min(day) as timestamp) as first_at,
        cast(max(day) as timestamp) as last_at
    from opened_days
),

replaced as (
    select
        unnest(
            generate_series(
                first_at,
                last_at + interval '{{ var("session_limit_days") }} days',
                interval '1 day'
            )
        ) as replaced_at
    from bounds
)

select cast(replaced_at as date) as event_day
from replaced
