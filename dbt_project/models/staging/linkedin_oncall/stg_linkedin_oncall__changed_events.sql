with source as (
    select * from {{ source('landing_linkedin_oncall', 'linkedin_oncall__changed_events') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        event_id,
        action,
        team,
        changed_by,
        changed_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
