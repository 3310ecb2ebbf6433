with directory as (
    select * from {{ ref('stg_generic__directory') }}
),

permissions as (
    select * from {{ ref('stg_generic__permissions') }}
),

counted as (
    select
        'directory' as kind,
        source_name,
        system,
        observed_at,
        count(*) as records
    from directory
    group by all
    union all
    select
        'permissions' as kind,
        source_name,
        system,
        observed_at,
        count(*) as records
    from permissions
    group by all
    {{- of_systems('snapshots') }}
)

select * from counted
