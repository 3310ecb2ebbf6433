with memberships as (
    select * from {{ ref('stg_github_teams__memberships') }}
),

team_repositories as (
    select * from {{ ref('stg_github_teams__team_repositories') }}
),

collaborators as (
    select * from {{ ref('stg_github_teams__collaborators') }}
),

-- A maintainer of a team is a member, too.
of_teams as (
    select
        *,
        unnest(if(role = 'maintainer', ['maintainer', 'member'], [role])) as permission
    from memberships
),

granted as (
    select
        source_name,
        system,
        observed_at,
        login as account,
        concat_ws('/', organisation, team) as resource_name,
        permission,
        'direct' as granted_via,
        permission = 'owner' as is_privileged
    from of_teams
    union all
    select
        memberships.source_name,
        memberships.system,
        memberships.observed_at,
        memberships.login as account,
        team_repositories.repository as resource_name,
        team_repositories.role as permission,
        'team:' || memberships.team as granted_via,
        team_repositories.role = 'admin' as is_privileged
    from memberships
    inner join team_repositories
        on memberships.source_name = team_repositories.source_name
        and memberships.observed_at = team_repositories.observed_at
        and memberships.team = team_repositories.team
    union all
    select
        source_name,
        system,
        observed_at,
        login as account,
        repository as resource_name,
        role as permission,
        'direct' as granted_via,
        role = 'admin' as is_privileged
    from collaborators
)

select
    source_name,
    system,
    observed_at,
    account,
    resource_name,
    permission,
    granted_via,
    is_privileged,
    null::timestamp as granted_at,
    null::timestamp as expires_at,
    null::timestamp as last_used_at,
    null::varchar as granted_by,
    null::boolean as is_enabled
from granted
