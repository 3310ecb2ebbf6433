with source as (
    select * from {{ source('policy', 'resources') }}
),

renamed as (
    select
        resource_id,
        kind,
        service,
        tier,
        owner_team,
        valid_from,
        valid_until
    from source
)

select * from renamed
