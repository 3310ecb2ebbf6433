with source as (
    select * from {{ source('policy', 'resources') }}
),

renamed as (
    select
        resource_id,
        kind,
        service,
        tier,
        owner_team
    from source
)

select * from renamed
