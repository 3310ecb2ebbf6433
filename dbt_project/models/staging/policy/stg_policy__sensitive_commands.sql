with source as (
    select * from {{ source('policy', 'sensitive_commands') }}
),

renamed as (
    select
        name,
        system_glob,
        pattern,
        unless,
        valid_from,
        valid_until
    from source
)

select * from renamed
