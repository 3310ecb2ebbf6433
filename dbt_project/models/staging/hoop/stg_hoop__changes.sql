with source as (
    select * from {{ source('landing_hoop', 'hoop__changes') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        change_id,
        actor_subject,
        actor_email,
        actor_name,
        resource_type,
        action,
        http_method,
        http_path,
        http_status,
        source_ip,
        is_success,
        error,
        occurred_at
    from source
)

select * from renamed
