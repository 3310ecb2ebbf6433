with source as (
    select * from {{ source('landing_pagerduty', 'pagerduty__oncalls') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        schedule_id,
        escalation_policy_id,
        escalation_level,
        user_id,
        started_at,
        ended_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
