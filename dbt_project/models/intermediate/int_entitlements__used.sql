{{ config(materialized='table') }}

with sessions as (
    select * from {{ ref('int_sessions__built') }}
),

used as (
    select
        engineer_id,
        system,
        {{ account_key('account') }} as account,
        resource_id,
        resource_name,
        max(ended_at) as last_session_at
    from sessions
    where {{ is_access('sessions') }}
    group by all
)

select * from used
