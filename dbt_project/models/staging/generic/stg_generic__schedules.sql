with source as (
    select * from {{ source('landing_generic', 'generic__schedules') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        schedule,
        engineer,
        level,
        origin,
        started_at,
        ended_at,
        window_since,
        window_until,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
