with source as (
    select * from {{ source('policy', 'role_access') }}
),

renamed as (
    select
        team,
        role,
        resource_id,
        permission,
        valid_from,
        valid_until
    from source
)

select * from renamed
