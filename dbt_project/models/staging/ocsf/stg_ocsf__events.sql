with source as (
    select * from {{ source('landing_ocsf', 'ocsf__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        uid,
        product_name,
        class_uid,
        class_name,
        activity_id,
        activity_name,
        status_id,
        status,
        status_detail,
        action_id,
        message,
        actor_name,
        actor_uid,
        actor_type,
        credential_uid,
        invoked_by,
        user_name,
        user_uid,
        process_user_name,
        session_uid,
        session_created_at,
        is_mfa,
        operation,
        api_service,
        response_code,
        response_error,
        thing_name,
        entity_name,
        privileges,
        service_name,
        host_name,
        host_ip,
        cloud_account,
        command,
        source_ip,
        user_agent,
        occurred_at
    from source
)

select * from renamed
