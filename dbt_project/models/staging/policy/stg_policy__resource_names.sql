with source as (
    select * from {{ source('policy', 'resource_names') }}
),

renamed as (
    select
        resource_id,
        system,
        name_glob
    from source
)

select * from renamed
