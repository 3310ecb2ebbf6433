with recursive members as (
    select * from {{ ref('stg_scim__members') }}
),

-- Of groups within a team, however deep and even in a circle, the members are in it too.
within as (
    select
        source_name,
        observed_at,
        group_name as team,
        member_id
    from members
    where is_team and group_name is not null
    union
    select
        within.source_name,
        within.observed_at,
        within.team,
        members.member_id
    from within
    inner join members
        on within.source_name = members.source_name
        and within.observed_at = members.observed_at
        and within.member_id = members.group_id
),

teams as (
    select
        source_name,
        observed_at,
        member_id as user_id,
        string_agg(team, ', ' order by team) as team
    from within
    group by all
)

select * from teams
