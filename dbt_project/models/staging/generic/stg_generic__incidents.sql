with source as (
    select * from {{ source('landing_generic', 'generic__incidents') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        incident_id,
        service,
        severity,
        status,
        responders,
        started_at,
        ended_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
