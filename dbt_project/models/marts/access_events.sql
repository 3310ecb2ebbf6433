{{ config(materialized='view') }}

with resolved as (
    select * from {{ ref('int_events__resolved') }}
),

published as (
    select
        event_id,
        occurred_at,
        engineer_id,
        account,
        account_kind,
        system,
        resource_id,
        resource_name,
        service,
        kind,
        action,
        object,
        outcome,
        session_id,
        source_ip,
        mfa,
        device_id,
        repeated::integer as repeated,
        source_name,
        raw_file,
        raw_line::bigint as raw_line
    from resolved
)

select * from published
