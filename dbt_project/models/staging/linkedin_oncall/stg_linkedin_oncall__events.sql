with source as (
    select * from {{ source('landing_linkedin_oncall', 'linkedin_oncall__events') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        event_id,
        team,
        role,
        level,
        username,
        full_name,
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
