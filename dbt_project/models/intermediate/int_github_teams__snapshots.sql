with memberships as (
    select * from {{ ref('stg_github_teams__memberships') }}
),

team_repositories as (
    select * from {{ ref('stg_github_teams__team_repositories') }}
),

collaborators as (
    select * from {{ ref('stg_github_teams__collaborators') }}
),

-- All pages of one reading have its time: together they are one snapshot.
read as (
    select
        source_name,
        system,
        observed_at
    from memberships
    union all
    select
        source_name,
        system,
        observed_at
    from team_repositories
    union all
    select
        source_name,
        system,
        observed_at
    from collaborators
),

counted as (
    select
        'permissions' as kind,
        source_name,
        system,
        observed_at,
        count(*) as records
    from read
    group by all
)

select * from counted
