with source as (
    select * from {{ source('landing_grafana_oncall', 'grafana_oncall__users') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        user_id,
        email,
        username,
        role,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
