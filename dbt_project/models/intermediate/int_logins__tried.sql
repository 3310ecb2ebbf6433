{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__sessioned') }}
),

-- A few of many: kept apart, they need not be looked for in all that ever happened.
tried as (
    select *
    from events
    where
        account is not null
        and (
            (kind = 'authentication' and outcome in ('success', 'failure', 'denied'))
            or (kind = 'session_start' and outcome = 'success')
        )
        and {{ is_replaced() }}
)

select
    {{ event_columns() }},
    event_day,
    session_id
from tried
