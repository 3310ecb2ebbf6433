with source as (
    select * from {{ source('landing_hoop', 'hoop__memberships') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        user_id,
        email,
        role,
        status,
        group_name,
        is_enabled,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
