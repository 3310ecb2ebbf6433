with source as (
    select * from {{ source('policy', 'gateways') }}
),

renamed as (
    select
        gateway,
        system,
        has_addresses,
        valid_from,
        valid_until
    from source
)

select * from renamed
