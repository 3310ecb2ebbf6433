{{ kept_by_day() }}

with slots as (
    select * from {{ ref('int_sessions__slots') }}
    -- What begins today depends on yesterday, and whether that went on from the day before.
    where {{ is_replaced(before=2) }}
),

gapped as (
    select
        *,
        case
            when
                coalesce(
                    first_at - lag(last_at) over (partition by stream_id order by event_day, slot)
                    > interval '{{ var("session_gap_minutes") }} minutes',
                    true
                )
                then first_at
        end as broken_at
    from slots
),

begun as (
    select
        *,
        max(broken_at) over (
            partition by stream_id
            order by event_day, slot
            rows between unbounded preceding and current row
        ) as begun_at,
        min(first_at) over (partition by stream_id, event_day) as day_began_at
    from gapped
),

-- A stream that never pauses is cut at midnight once a whole day went without a gap: what a session
-- is may not depend on events of weeks ago.
cut as (
    select
        stream_id,
        event_day,
        slot,
        case
            when begun_at >= event_day - interval '1 day' then begun_at
            else day_began_at
        end as started_at
    from begun
)

select
    stream_id,
    event_day,
    slot,
    started_at,
    md5(concat_ws(chr(31), stream_id, epoch_us(started_at))) as session_id
from cut
where {{ is_replaced() }}
