{# All events, or those `among` the accounts and days of a model, with the session of each. #}
{% macro sessioned(among=none) -%}
with events as (
    select unioned.*
    from {{ ref('int_events__unioned') }} as unioned
    {%- if among %}
    semi join {{ ref(among) }} as wanted
        on unioned.event_day = wanted.event_day
        and unioned.system = wanted.system
        and unioned.account = wanted.account
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
