with source as (
    select * from {{ source('landing_kubernetes', 'kubernetes__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        audit_id,
        stage,
        level,
        verb,
        cluster,
        user_name,
        session_name,
        impersonated_user,
        resource,
        subresource,
        namespace,
        object_name,
        command,
        request_uri,
        source_ip,
        user_agent,
        status_code,
        status_reason,
        decision,
        occurred_at,
        received_at
    from source
)

select * from renamed
