with source as (
    select * from {{ source('control', 'sources') }}
),

renamed as (
    select
        source_name,
        type,
        kind,
        system,
        silent_hours
    from source
)

select * from renamed
