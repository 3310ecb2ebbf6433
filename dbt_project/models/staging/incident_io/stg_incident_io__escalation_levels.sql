with source as (
    select * from {{ source('landing_incident_io', 'incident_io__escalation_levels') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        path_id,
        path_name,
        schedule_id,
        level,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
