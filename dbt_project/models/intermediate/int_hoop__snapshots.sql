with memberships as (
    select * from {{ ref('stg_hoop__memberships') }}
),

accesses as (
    select * from {{ ref('stg_hoop__accesses') }}
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
    from accesses
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
