with source as (
    select * from {{ source('policy', 'shift_access') }}
),

renamed as (
    select
        service,
        resource_id,
        permission
    from source
)

select * from renamed
