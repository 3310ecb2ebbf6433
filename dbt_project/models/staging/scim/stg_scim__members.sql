with source as (
    select * from {{ source('landing_scim', 'scim__members') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        group_id,
        group_name,
        member_id,
        is_team,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
