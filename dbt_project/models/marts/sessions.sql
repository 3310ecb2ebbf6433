{{ config(materialized='view') }}

with audited as (
    select * from {{ ref('int_sessions__audited') }}
),

published as (
    select
        session_id,
        engineer_id,
        account,
        account_kind,
        system,
        resource_id,
        resource_name,
        service,
        tier::integer as tier,
        started_at,
        ended_at,
        end_source,
        duration_seconds,
        action_count::bigint as action_count,
        failure_count::bigint as failure_count,
        source_ip,
        shift_id,
        incident_id,
        request_id,
        allowed_seconds,
        off_policy_seconds,
        is_start_allowed,
        is_on_any_shift,
        allowed_until,
        raw_file,
        raw_line::bigint as raw_line
    from audited
)

select * from published
