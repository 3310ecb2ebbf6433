with source as (
    select * from {{ source('policy', 'automation') }}
),

renamed as (
    select
        system_glob,
        name_glob,
        valid_from,
        valid_until
    from source
)

select * from renamed
