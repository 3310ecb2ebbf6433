with source as (
    select * from {{ source('policy', 'privileged') }}
),

renamed as (
    select
        system_glob,
        permission_glob
    from source
)

select * from renamed
