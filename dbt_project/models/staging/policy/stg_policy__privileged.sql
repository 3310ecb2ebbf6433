with source as (
    select * from {{ source('policy', 'privileged') }}
),

renamed as (
    select
        system_glob,
        permission_glob,
        valid_from,
        valid_until
    from source
)

select * from renamed
