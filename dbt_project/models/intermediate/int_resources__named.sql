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
        resources.owner_team
    from names
    inner join resources on names.resource_id = resources.resource_id
)

select * from named
