with source as (
    select * from {{ source('policy', 'exceptions') }}
),

renamed as (
    select
        engineer_id,
        resource_id,
        permission,
        owner,
        reason,
        expires_at,
        valid_from,
        valid_until
    from source
)

select * from renamed
