with source as (
    select * from {{ source('control', 'batches') }}
),

renamed as (
    select
        batch_id,
        source_name,
        table_name,
        path,
        sha256,
        bytes,
        records,
        landed,
        duplicates,
        ignored,
        quarantined,
        received_at
    from source
)

select * from renamed
