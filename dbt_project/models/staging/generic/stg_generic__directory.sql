with source as (
    select * from {{ source('landing_generic', 'generic__directory') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        engineer_id,
        name,
        email,
        team,
        role,
        time_zone,
        accounts,
        devices,
        travel,
        started_at,
        ended_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
