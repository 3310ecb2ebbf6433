with source as (
    select * from {{ source('landing_postgresql_roles', 'postgresql_roles__memberships') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        member,
        role,
        granted_by,
        can_administer,
        is_inherited,
        is_settable,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
