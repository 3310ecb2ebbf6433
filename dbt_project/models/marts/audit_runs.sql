with runs as (
    select * from {{ ref('stg_control__runs') }}
),

published as (
    select
        run_id,
        since,
        until,
        started_at,
        ended_at,
        state,
        code_version,
        policy_sha256,
        findings::bigint as findings
    from runs
)

select * from published
