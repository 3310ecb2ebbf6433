with source as (
    select * from {{ source('landing_grafana_oncall', 'grafana_oncall__integrations') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        integration_id,
        name,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
