with source as (
    select * from {{ source('policy', 'credential_limits') }}
),

renamed as (
    select
        system_glob,
        account_glob,
        hours
    from source
)

select * from renamed
