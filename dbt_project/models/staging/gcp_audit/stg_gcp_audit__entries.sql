with source as (
    select * from {{ source('landing_gcp_audit', 'gcp_audit__entries') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        insert_id,
        log_name,
        service_name,
        method_name,
        resource_name,
        resource_type,
        project,
        principal,
        delegated_by,
        key_name,
        is_refused,
        status_code,
        status_message,
        source_ip,
        user_agent,
        operation_id,
        occurred_at
    from source
)

select * from renamed
