with source as (
    select * from {{ source('policy', 'services') }}
),

renamed as (
    select
        service,
        tier,
        owner_team,
        valid_from,
        valid_until
    from source
)

select * from renamed
