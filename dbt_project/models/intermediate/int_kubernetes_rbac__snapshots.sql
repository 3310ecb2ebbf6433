with subjects as (
    select * from {{ ref('stg_kubernetes_rbac__subjects') }}
),

roles as (
    select * from {{ ref('stg_kubernetes_rbac__roles') }}
),

-- All pages of one reading have its time: together they are one snapshot.
read as (
    select
        source_name,
        system,
        observed_at
    from subjects
    union all
    select
        source_name,
        system,
        observed_at
    from roles
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
