with source as (
    select * from {{ source('policy', 'role_access') }}
),

renamed as (
    select
        team,
        role,
        resource_id,
        permission
    from source
)

select * from renamed
