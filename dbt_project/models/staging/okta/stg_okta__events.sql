with source as (
    select * from {{ source('landing_okta', 'okta__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        uuid,
        event_type,
        severity,
        message,
        actor_id,
        actor_type,
        actor_login,
        result,
        reason,
        source_ip,
        user_agent,
        session_id,
        device_id,
        app_name,
        group_name,
        user_login,
        target_name,
        privilege,
        occurred_at
    from source
)

select * from renamed
