{{ config(materialized='view') }}

with events as (
    select * from {{ ref('access_events') }}
),

actions as (
    select
        session_id,
        occurred_at,
        action,
        object,
        outcome
    from events
    where kind = 'action' and session_id is not null
)

select * from actions
