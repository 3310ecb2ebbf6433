with source as (
    select * from {{ source('landing_grafana_oncall', 'grafana_oncall__alert_groups') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        alert_group_id,
        integration_id,
        title,
        state,
        acknowledged_by,
        resolved_by,
        created_at,
        acknowledged_at,
        resolved_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
