with source as (
    select * from {{ source('landing_postgresql', 'postgresql__records') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        nullif(nullif(user_name, ''), '[unknown]') as user_name,
        nullif(nullif(database_name, ''), '[unknown]') as database_name,
        process_id,
        connection_from,
        nullif(session_id, '') as session_id,
        severity,
        sql_state,
        message,
        detail,
        application_name,
        backend_type,
        command_tag,
        resource,
        occurred_at,
        session_started_at
    from source
)

select * from renamed
