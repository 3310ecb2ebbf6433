with source as (
    select * from {{ source('policy', 'sensitive_tables') }}
),

renamed as (
    select
        resource_id,
        table_glob,
        valid_from,
        valid_until
    from source
)

select * from renamed
