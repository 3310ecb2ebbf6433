with source as (
    select * from {{ source('landing_pagerduty', 'pagerduty__incident_responders') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        incident_id,
        user_id,
        role,
        joined_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
