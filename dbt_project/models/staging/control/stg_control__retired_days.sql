with source as (
    select * from {{ source('control', 'retired_days') }}
),

renamed as (
    select
        source_name,
        day
    from source
)

select * from renamed
