with rights as (
    select * from {{ ref('stg_teleport_roles__rights') }}
),

counted as (
    select
        'permissions' as kind,
        source_name,
        system,
        observed_at,
        count(*) as records
    from rights
    group by all
)

select * from counted
