with source as (
    select * from {{ source('landing_generic', 'generic__permissions') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        account,
        resource_name,
        permission,
        granted_via,
        granted_by,
        is_privileged,
        is_enabled,
        granted_at,
        expires_at,
        last_used_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
