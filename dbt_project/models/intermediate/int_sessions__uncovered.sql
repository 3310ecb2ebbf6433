with uncovered as (
    select * from {{ ref('int_sessions__unallowed') }}
),

shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where not coalesce(is_retroactive, false)
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

distances as (
    select
        uncovered.session_id,
        shifts.shift_id,
        shifts.service,
        greatest(
            date_diff('second', uncovered.started_at, shifts.started_at),
            date_diff('second', shifts.ended_at, uncovered.started_at),
            0
        ) / 60.0 as minutes_from_shift,
        uncovered.started_at >= {{ shift_opens('shifts.started_at') }}
        and uncovered.started_at < {{ shift_closes('shifts.ended_at') }} as is_on_shift
    from uncovered
    inner join shifts on uncovered.engineer_id = shifts.engineer_id
),

nearest as (
    select
        session_id,
        min_by(shift_id, (minutes_from_shift, shift_id)) as nearest_shift_id,
        min(minutes_from_shift) as minutes_from_shift,
        string_agg(distinct service, ', ' order by service) filter (where is_on_shift)
            as shift_services
    from distances
    group by session_id
),

described as (
    select
        uncovered.session_id,
        uncovered.engineer_id,
        uncovered.account,
        uncovered.system,
        uncovered.resource_id,
        uncovered.resource_name,
        uncovered.service,
        uncovered.started_at,
        uncovered.ended_at,
        uncovered.duration_seconds,
        uncovered.is_on_any_shift,
        uncovered.raw_file,
        uncovered.raw_line,
        engineers.team,
        nearest.nearest_shift_id,
        nearest.minutes_from_shift,
        nearest.shift_services,
        coalesce(engineers.name, uncovered.engineer_id) as engineer_name
    from uncovered
    left outer join engineers on uncovered.engineer_id = engineers.engineer_id
    left outer join nearest on uncovered.session_id = nearest.session_id
)

select * from described
