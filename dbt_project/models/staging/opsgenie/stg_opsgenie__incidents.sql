with source as (
    select * from {{ source('landing_opsgenie', 'opsgenie__incidents') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        incident_id,
        title,
        service_id,
        service_name,
        priority,
        status,
        responders,
        created_at,
        resolved_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
