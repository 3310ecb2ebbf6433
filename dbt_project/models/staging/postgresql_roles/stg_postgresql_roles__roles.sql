with source as (
    select * from {{ source('landing_postgresql_roles', 'postgresql_roles__roles') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        name,
        resource,
        can_login,
        is_superuser,
        can_create_roles,
        can_create_databases,
        can_replicate,
        can_bypass_row_security,
        valid_until,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
