with source as (
    select * from {{ source('policy', 'automation') }}
),

renamed as (
    select
        system_glob,
        name_glob
    from source
)

select * from renamed
