with source as (
    select * from {{ source('policy', 'service_accounts') }}
),

renamed as (
    select
        system_glob,
        account_glob,
        valid_from,
        valid_until
    from source
)

select * from renamed
