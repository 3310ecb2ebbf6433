{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

seen as (
    select distinct
        event_day,
        system,
        account
    from events
    where
        account is not null
        and {{ is_replaced() }}
)

select * from seen
