with source as (
    select * from {{ source('landing_teleport', 'teleport__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        event,
        code,
        uid,
        user_name,
        login,
        sid,
        remote_address,
        server_id,
        server_hostname,
        cluster_name,
        program,
        path,
        argv,
        return_code,
        db_service,
        db_name,
        db_user,
        db_query,
        kubernetes_cluster,
        protocol,
        error,
        request_id,
        request_state,
        roles,
        reason,
        reviewer,
        proposed_state,
        delegator,
        rule_name,
        certificate_type,
        certificate_user,
        certificate_bot,
        is_success,
        occurred_at,
        session_started_at,
        session_stopped_at,
        expires_at
    from source
)

select * from renamed
