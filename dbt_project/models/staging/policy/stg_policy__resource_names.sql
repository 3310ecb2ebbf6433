with source as (
    select * from {{ source('policy', 'resource_names') }}
),

renamed as (
    select
        resource_id,
        system,
        name_glob,
        valid_from,
        valid_until
    from source
)

select * from renamed
