with source as (
    select * from {{ source('control', 'run') }}
),

renamed as (
    select
        run_id,
        since,
        until,
        started_at,
        code_version,
        policy_sha256
    from source
)

select * from renamed
