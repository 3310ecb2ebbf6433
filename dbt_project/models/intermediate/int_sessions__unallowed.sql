with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

shifts as (
    select * from {{ ref('int_shifts__merged') }}
),

scheduled as (
    select * from {{ ref('int_services__scheduled') }}
),

known as (
    select * from {{ ref('int_services__known') }}
),

-- With no schedule at all every session would be outside: then there is nothing to judge by.
outside as (
    select *
    from sessions
    where
        not is_start_allowed
        and engineer_id is not null
        and resource_id is not null
        and {{ is_human_access('sessions') }}
        and (select count(*) from shifts) > 0
),

-- A moment of which the schedule says nothing is none at which somebody was off shift.
unknown as (
    select outside.session_id
    from outside
    semi join scheduled
        on outside.service = scheduled.service
        and {{ is_valid_at('scheduled', 'outside.started_at') }}
    anti join known
        on outside.service = known.service
        and outside.started_at >= known.started_at
        and outside.started_at < known.ended_at
),

unallowed as (
    select
        outside.session_id,
        outside.engineer_id,
        outside.account,
        outside.system,
        outside.resource_id,
        outside.resource_name,
        outside.service,
        outside.started_at,
        outside.ended_at,
        outside.duration_seconds,
        outside.is_on_any_shift,
        outside.raw_file,
        outside.raw_line
    from outside
    anti join unknown on outside.session_id = unknown.session_id
)

select * from unallowed
