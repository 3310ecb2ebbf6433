with source as (
    select * from {{ source('landing_auditd', 'auditd__records') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        node,
        record_type,
        serial,
        login_uid,
        login_name,
        uid,
        login_session,
        pid,
        account,
        operation,
        executable,
        command,
        arguments,
        syscall,
        key,
        terminal,
        source_ip,
        exit_code,
        is_success,
        occurred_at
    from source
)

select * from renamed
