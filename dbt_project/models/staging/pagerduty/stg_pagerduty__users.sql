with source as (
    select * from {{ source('landing_pagerduty', 'pagerduty__users') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        id as user_id,
        name,
        email,
        role,
        time_zone,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
