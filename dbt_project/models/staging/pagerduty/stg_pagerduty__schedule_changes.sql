with source as (
    select * from {{ source('landing_pagerduty', 'pagerduty__schedule_changes') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        change_id,
        schedule_id,
        action,
        changed_what,
        changed_at,
        actor_id,
        actor_name,
        actor_kind,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
