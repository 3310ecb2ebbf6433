with source as (
    select * from {{ source('landing_okta', 'okta__users') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        user_id,
        engineer_id,
        login,
        name,
        email,
        team,
        role,
        time_zone,
        status,
        accounts,
        is_enabled,
        started_at,
        ended_at,
        last_login_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
