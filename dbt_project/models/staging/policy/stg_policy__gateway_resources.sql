with source as (
    select * from {{ source('policy', 'gateway_resources') }}
),

renamed as (
    select
        gateway,
        resource_id,
        valid_from,
        valid_until
    from source
)

select * from renamed
