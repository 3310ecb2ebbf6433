with source as (
    select * from {{ source('landing_okta', 'okta__roles') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        user_id,
        login,
        role,
        assignment_type,
        is_enabled,
        granted_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
