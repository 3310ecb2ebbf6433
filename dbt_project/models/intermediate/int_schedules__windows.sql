with entries as (
    select * from {{ ref('int_schedules__entries') }}
    -- A list of overrides alone does not say who was on call.
    where is_final
),

windows as (
    select distinct
        source_name,
        schedule_id,
        observed_at,
        window_since,
        window_until
    from entries
)

select * from windows
