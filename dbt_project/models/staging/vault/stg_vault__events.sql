with source as (
    select * from {{ source('landing_vault', 'vault__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        entry_type,
        request_id,
        operation,
        path,
        mount_type,
        mount_point,
        namespace,
        display_name,
        entity_id,
        accessor,
        token_type,
        token_ttl_seconds,
        remote_address,
        error,
        occurred_at
    from source
)

select * from renamed
