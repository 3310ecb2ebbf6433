with counted as (
    select * from {{ ref('int_sessions__hours_counted') }}
    where not is_new_hire and sessions >= {{ var('hour_min_sessions') }}
)

select
    session_id,
    local_at,
    time_zone,
    baseline,
    sessions,
    active_days,
    since,
    density,
    round(sqrt(east * east + north * north), 9) as resultant_length,
    round((atan2(east, north) * 12 / pi() + 24.5) % 24, 6) as mean_hour
from counted
