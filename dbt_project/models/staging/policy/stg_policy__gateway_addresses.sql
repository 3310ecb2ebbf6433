with source as (
    select * from {{ source('policy', 'gateway_addresses') }}
),

renamed as (
    select
        gateway,
        cidr,
        first_address,
        last_address,
        valid_from,
        valid_until
    from source
)

select * from renamed
