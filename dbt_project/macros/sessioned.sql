{# All events, or those `among` the accounts and days of a model, with the session of each. #}
{% macro sessioned(among=none) -%}
with events as (
    select * from {{ ref('int_events__unioned') }}
    {%- if among %}
    where (event_day, system, account) in (
        select (wanted.event_day, wanted.system, wanted.account)
        from {{ ref(among) }} as wanted
    )
    {%- endif %}
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
{%- endmacro %}
