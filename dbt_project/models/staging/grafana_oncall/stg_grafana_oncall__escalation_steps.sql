with source as (
    select * from {{ source('landing_grafana_oncall', 'grafana_oncall__escalation_steps') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        chain_id,
        step_type,
        schedule_id,
        position,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
