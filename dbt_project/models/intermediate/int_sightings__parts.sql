{{ kept_by_day(in_stretches=true) }}

with events as (
    select * from {{ ref('int_events__sessioned') }}
),

sighted as (
    select *
    from events
    where
        session_id is not null
        and source_ip is not null
        and {{ is_replaced() }}
),

parts as (
    select
        session_id,
        event_day,
        source_ip,
        max(device_id) as device_id,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        arg_min(
            struct_pack(raw_file := raw_file, raw_line := raw_line), (occurred_at, event_id)
        ) as first_event
    from sighted
    group by session_id, event_day, source_ip
)

select * from parts
