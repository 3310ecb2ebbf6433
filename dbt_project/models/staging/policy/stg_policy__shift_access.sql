with source as (
    select * from {{ source('policy', 'shift_access') }}
),

renamed as (
    select
        service,
        resource_id,
        permission,
        valid_from,
        valid_until
    from source
)

select * from renamed
