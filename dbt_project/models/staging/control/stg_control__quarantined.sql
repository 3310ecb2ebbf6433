with source as (
    select * from {{ source('control', 'quarantined') }}
),

renamed as (
    select
        batch_id,
        source_name,
        table_name,
        path,
        line,
        reason
    from source
)

select * from renamed
