with source as (
    select * from {{ source('landing_incident_io', 'incident_io__incidents') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        incident_id,
        reference,
        title,
        service_name,
        severity,
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
