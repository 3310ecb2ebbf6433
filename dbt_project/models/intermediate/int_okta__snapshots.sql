with users as (
    select * from {{ ref('stg_okta__users') }}
),

memberships as (
    select * from {{ ref('stg_okta__memberships') }}
),

roles as (
    select * from {{ ref('stg_okta__roles') }}
),

-- All pages of one reading have its time: together they are one snapshot.
read as (
    select
        'directory' as kind,
        source_name,
        system,
        observed_at
    from users
    union all
    select
        'permissions' as kind,
        source_name,
        system,
        observed_at
    from memberships
    union all
    select
        'permissions' as kind,
        source_name,
        system,
        observed_at
    from roles
),

counted as (
    select
        kind,
        source_name,
        system,
        observed_at,
        count(*) as records
    from read
    group by all
)

select * from counted
