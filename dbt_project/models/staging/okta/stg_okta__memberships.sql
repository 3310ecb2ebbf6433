with source as (
    select * from {{ source('landing_okta', 'okta__memberships') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        group_id,
        group_name,
        user_id,
        login,
        is_enabled,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
