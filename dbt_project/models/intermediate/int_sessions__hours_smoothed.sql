with counted as (
    select * from {{ ref('int_sessions__hours_counted') }}
    where sessions >= {{ var('hour_min_sessions') }}
),

spread as (
    select
        session_id,
        local_hour,
        sessions,
        unnest(hours) as found,
        unnest(range(24)) as hour
    from counted
),

-- The resultant of all hours as directions: its length is 0 for no habit and 1 for a single hour.
smoothed as (
    select
        session_id,
        sum(found * {{ von_mises('hour - local_hour') }}) / any_value(sessions) as density,
        sum(found * sin(2 * pi() * hour / 24.0)) / any_value(sessions) as east,
        sum(found * cos(2 * pi() * hour / 24.0)) / any_value(sessions) as north
    from spread
    group by session_id
)

-- Rounded, for the last digits of a sum depend on the order of its terms.
select
    counted.session_id,
    counted.local_at,
    counted.time_zone,
    counted.baseline,
    counted.sessions,
    counted.active_days,
    counted.since,
    round(smoothed.density, 9) as density,
    round(sqrt(smoothed.east * smoothed.east + smoothed.north * smoothed.north), 9)
        as resultant_length,
    round((atan2(smoothed.east, smoothed.north) * 12 / pi() + 24.5) % 24, 6) as mean_hour
from smoothed
inner join counted on smoothed.session_id = counted.session_id
