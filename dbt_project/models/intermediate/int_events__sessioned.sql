with events as (
    select * from {{ ref('int_events__unioned') }}
),

spans as (
    select * from {{ ref('int_sessions__spans') }}
),

joined as (
    select
        events.*,
        coalesce(events.native_session_id, spans.session_id) as session_id
    from events
    left outer join spans
        on events.stream_id = spans.stream_id
        and events.event_day = spans.event_day
        and {{ gap_slot('events.occurred_at') }} = spans.slot
)

select
    {{ event_columns() }},
    event_day,
    session_id
from joined
