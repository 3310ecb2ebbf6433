with source as (
    select * from {{ source('control', 'runs') }}
),

renamed as (
    select
        run_id,
        since,
        until,
        started_at,
        ended_at,
        state,
        code_version,
        policy_sha256,
        findings
    from source
)

select * from renamed
