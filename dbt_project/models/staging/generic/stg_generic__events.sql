with source as (
    select * from {{ source('landing_generic_events', 'generic__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        account,
        action,
        object,
        outcome,
        resource_name,
        session_key,
        session_mark,
        source_ip,
        mfa,
        device_id,
        occurred_at
    from source
)

select * from renamed
