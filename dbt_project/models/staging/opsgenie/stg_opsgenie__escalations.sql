with source as (
    select * from {{ source('landing_opsgenie', 'opsgenie__escalations') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        escalation_id,
        escalation_name,
        schedule_id,
        level,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
