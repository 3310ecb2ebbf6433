with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where is_retroactive and engineer_id is not null
),

-- From its start, or from where its cover ended, nothing else covers the session.
uncovered as (
    select
        *,
        case when is_start_allowed then allowed_until else started_at end as uncovered_from
    from sessions
    where
        (not is_start_allowed or is_past_window)
        and resource_id is not null
        and {{ is_human_access('sessions') }}
),

retroactive as (
    select
        uncovered.session_id,
        min_by(shifts.shift_id, (shifts.started_at, shifts.shift_id)) as shift_id
    from uncovered
    inner join shifts
        on uncovered.engineer_id = shifts.engineer_id
        and uncovered.service = shifts.service
        and uncovered.uncovered_from >= {{ shift_opens('shifts.started_at') }}
        and uncovered.uncovered_from < {{ shift_closes('shifts.ended_at') }}
    group by uncovered.session_id
)

select * from retroactive
