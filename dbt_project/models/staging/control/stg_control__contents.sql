with source as (
    select * from {{ source('control', 'contents') }}
),

renamed as (
    select
        source_name,
        path,
        sha256,
        is_whole
    from source
)

select * from renamed
