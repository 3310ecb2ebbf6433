with source as (
    select * from {{ source('landing_teleport_roles', 'teleport_roles__rights') }}
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
        granted_at,
        expires_at,
        is_privileged,
        is_enabled,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
