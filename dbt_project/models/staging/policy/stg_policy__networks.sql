with source as (
    select * from {{ source('policy', 'networks') }}
),

renamed as (
    select
        cidr,
        first_address,
        last_address,
        prefix_length,
        kind,
        name,
        country,
        latitude,
        longitude,
        asn,
        valid_from,
        valid_until
    from source
)

select * from renamed
