with source as (
    select * from {{ source('landing_pagerduty', 'pagerduty__schedule_entries') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        schedule_id,
        schedule_name,
        entry_kind,
        user_id,
        user_name,
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
