with roles as (
    select * from {{ ref('stg_postgresql_roles__roles') }}
),

memberships as (
    select * from {{ ref('stg_postgresql_roles__memberships') }}
),

grants as (
    select * from {{ ref('stg_postgresql_roles__grants') }}
),

-- All answers of one reading have its time: together they are one snapshot.
read as (
    select
        source_name,
        system,
        observed_at
    from roles
    union all
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
    from grants
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
