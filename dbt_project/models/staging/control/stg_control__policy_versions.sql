with source as (
    select * from {{ source('control', 'policy_versions') }}
),

renamed as (
    select
        policy_sha256,
        first_run,
        is_declared,
        valid_from,
        valid_until,
        recorded_at
    from source
)

select * from renamed
