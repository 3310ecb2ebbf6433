with source as (
    select * from {{ source('landing_github_teams', 'github_teams__collaborators') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        organisation,
        repository,
        login,
        role,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
