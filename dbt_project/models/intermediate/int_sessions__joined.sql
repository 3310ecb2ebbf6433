with changed as (
    select * from {{ ref('int_sessions__changed') }}
),

remade as (
    select * from {{ ref('int_days__remade') }}
),

parts as (
    select * from {{ ref('int_sessions__parts') }}
    where
        event_day in (select remade.event_day from remade)
        and session_id in (select changed.session_id from changed)
),

sessions as (
    select
        session_id,
        system,
        is_native,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(told_start_at) as told_start_at,
        max(end_at) as end_at,
        min(resource_name) as resource_name,
        min(resource_scope) as resource_scope,
        min(any_source_ip) as any_source_ip,
        cast(sum(action_count) as bigint) as action_count,
        cast(sum(failure_count) as bigint) as failure_count,
        cast(sum(success_count) as bigint) as success_count,
        arg_min(first_event, event_day) as first_event
    from parts
    group by session_id, system, is_native
)

select
    * exclude (first_event, any_source_ip),
    first_event['event_id'] as first_event_id,
    first_event['account'] as account,
    coalesce(first_event['source_ip'], any_source_ip) as source_ip,
    first_event['raw_file'] as raw_file,
    first_event['raw_line'] as raw_line,
    -- A session by gaps began with its credential only where the pause since is no gap itself.
    case
        when
            told_start_at < first_at
            and told_start_at >= first_at - case
                when is_native then interval '1 year'
                else interval '{{ var("session_gap_minutes") }} minutes'
            end
            then told_start_at
        else first_at
    end as started_at
from sessions
