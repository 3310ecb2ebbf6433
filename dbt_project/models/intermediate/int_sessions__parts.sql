{{ kept_by_day(in_stretches=true) }}

with events as (
    select * from {{ ref('int_events__sessioned') }}
),

members as (
    select *
    from events
    where
        session_id is not null
        and {{ is_replaced() }}
),

parts as (
    select
        session_id,
        event_day,
        system,
        session_key is not null as is_native,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        min(session_started_at) as told_start_at,
        max(coalesce(session_ended_at, occurred_at)) filter (where kind = 'session_end') as end_at,
        min(resource_name) as resource_name,
        min(resource_scope) as resource_scope,
        min(source_ip) as any_source_ip,
        -- Of sums the type is a wider one, which takes a hundred times as long to read.
        cast(coalesce(sum(repeated) filter (where kind = 'action'), 0) as bigint) as action_count,
        cast(coalesce(sum(repeated) filter (where outcome in ('failure', 'denied')), 0) as bigint)
            as failure_count,
        count(*) filter (where outcome = 'success' and kind <> 'session_end') as success_count,
        arg_min(
            struct_pack(
                event_id := event_id,
                account := account,
                source_ip := source_ip,
                raw_file := raw_file,
                raw_line := raw_line
            ),
            (occurred_at, event_id)
        ) as first_event
    from members
    group by all
)

select * from parts
