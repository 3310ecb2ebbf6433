with source as (
    select * from {{ source('policy', 'services') }}
),

renamed as (
    select
        service,
        tier,
        owner_team
    from source
)

select * from renamed
