with source as (
    select * from {{ source('control', 'extractions') }}
),

renamed as (
    select
        source_name,
        since,
        until,
        state,
        message,
        read_at
    from source
)

select * from renamed
