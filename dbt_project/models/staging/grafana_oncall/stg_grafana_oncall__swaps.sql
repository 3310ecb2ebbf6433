with source as (
    select * from {{ source('landing_grafana_oncall', 'grafana_oncall__swaps') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        swap_id,
        schedule_id,
        beneficiary,
        benefactor,
        started_at,
        ended_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
