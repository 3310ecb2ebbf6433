with source as (
    select * from {{ source('landing_postgresql_roles', 'postgresql_roles__grants') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        database_name,
        kind,
        schema_name,
        grantee,
        privilege,
        granted_by,
        is_public,
        is_grantable,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
