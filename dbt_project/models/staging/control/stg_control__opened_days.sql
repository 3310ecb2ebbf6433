with source as (
    select * from {{ source('control', 'opened_days') }}
),

renamed as (
    select
        source_name,
        day
    from source
)

select * from renamed
