with sessions as (
    select * from {{ ref('stg_hoop__sessions') }}
),

-- A session is told each time that it was seen; the last state tells all.
latest as (
    select
        * exclude (ended_at),
        -- Whoever needs a review gets in when the last reviewer has approved.
        greatest(occurred_at, approved_at) as started_at,
        case when ended_at is not null then greatest(ended_at, occurred_at, approved_at) end
            as ended_at,
        case
            when guardrail is not null or review_status = 'REJECTED' then 'denied'
            when review_status is not null and approved_at is null then 'unknown'
            else 'success'
        end as outcome
    from sessions
    qualify
        row_number() over (
            partition by source_name, session_id
            order by
                ended_at desc nulls last,
                case when status = 'done' then 0 when status = 'open' then 1 else 2 end asc,
                approved_at desc nulls last,
                event_id asc
        ) = 1
),

told as (
    select
        *,
        event_id as told_id,
        case when outcome = 'success' then 'session_start' else 'action' end as kind,
        started_at as told_at,
        outcome as told_outcome
    from latest
    union all
    select
        *,
        event_id || ':done' as told_id,
        'action' as kind,
        started_at as told_at,
        case
            when coalesce(exit_code, -100) = -100 then 'unknown'
            when exit_code = 0 then 'success'
            else 'failure'
        end as told_outcome
    from latest
    where verb = 'exec' and script is not null and outcome = 'success'
    union all
    select
        *,
        event_id || ':end' as told_id,
        'session_end' as kind,
        ended_at as told_at,
        'success' as told_outcome
    from latest
    where ended_at is not null and outcome = 'success'
)

select
    told_id as event_id,
    source_name,
    told_at as occurred_at,
    system,
    user_email as account,
    connection as resource_name,
    coalesce(resource_name, 'connections') as resource_scope,
    kind,
    case when kind = 'session_end' then 'end' else verb end as action,
    coalesce(script, guardrail) as object,
    told_outcome as outcome,
    case when outcome = 'success' then session_id end as session_key,
    raw_file,
    raw_line
from told
