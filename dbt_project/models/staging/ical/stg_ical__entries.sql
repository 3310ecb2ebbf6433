with source as (
    select * from {{ source('landing_ical', 'ical__entries') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        schedule,
        person,
        origin,
        event_uid,
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
