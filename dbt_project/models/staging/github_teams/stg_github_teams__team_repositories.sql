with source as (
    select * from {{ source('landing_github_teams', 'github_teams__team_repositories') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        organisation,
        team,
        repository,
        role,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
