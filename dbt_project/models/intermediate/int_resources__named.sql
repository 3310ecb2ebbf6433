with names as (
    select * from {{ ref('stg_policy__resource_names') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

named as (
    select
        names.system,
        names.name_glob,
        resources.resource_id,
        resources.service,
        resources.tier,
        resources.owner_team,
        resources.valid_from,
        resources.valid_until
    from names
    -- Both tables are dated alike.
    inner join resources
        on names.resource_id = resources.resource_id
        and names.valid_from is not distinct from resources.valid_from
)

select * from named
