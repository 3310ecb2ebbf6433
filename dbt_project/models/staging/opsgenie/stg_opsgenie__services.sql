with source as (
    select * from {{ source('landing_opsgenie', 'opsgenie__services') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        service_id,
        service_name,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
