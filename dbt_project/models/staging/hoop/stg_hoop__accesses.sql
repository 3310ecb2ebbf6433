with source as (
    select * from {{ source('landing_hoop', 'hoop__accesses') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        connection,
        group_name,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
