with source as (
    select * from {{ source('landing_scim', 'scim__users') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        user_id,
        engineer_id,
        user_name,
        external_id,
        employee_number,
        name,
        email,
        team,
        role,
        time_zone,
        manager_id,
        accounts,
        is_active,
        created_at,
        modified_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
