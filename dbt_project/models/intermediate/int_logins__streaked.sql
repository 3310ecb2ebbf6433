{{ config(materialized='table') }}

with events as (
    select * from {{ ref('int_logins__resolved') }}
),

logins as (
    select
        event_id,
        occurred_at,
        system,
        account,
        account_kind,
        engineer_id,
        resource_id,
        resource_name,
        service,
        session_id,
        source_ip,
        mfa,
        device_id,
        action,
        raw_file,
        raw_line,
        coalesce(repeated, 1) as tries,
        outcome in ('failure', 'denied') as is_failure,
        coalesce(engineer_id, system || ':' || account) as identity
    from events
),

-- Failures and the success that ends them share a streak: a success sets the count back.
streaked as (
    select
        *,
        count(*) filter (where not is_failure) over (
            partition by system, identity
            order by occurred_at, event_id
            rows between unbounded preceding and 1 preceding
        ) as streak
    from logins
)

select * from streaked
