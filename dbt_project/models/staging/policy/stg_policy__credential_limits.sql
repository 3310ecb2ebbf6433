with source as (
    select * from {{ source('policy', 'credential_limits') }}
),

renamed as (
    select
        system_glob,
        account_glob,
        hours,
        valid_from,
        valid_until
    from source
)

select * from renamed
