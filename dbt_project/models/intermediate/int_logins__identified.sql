{{ kept_by_changes('event_day', 'int_logins__changed') }}

with events as (
    select * from {{ ref('int_logins__resolved') }}
),

logins as (
    select
        event_id,
        event_day,
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
)

select * from logins
