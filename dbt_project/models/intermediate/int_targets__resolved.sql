{{ config(materialized='table') }}

with names as (
    select * from {{ ref('int_names__seen') }}
),

resources as (
    select
        *,
        -- What stands before the first wildcard rejects most names cheaply.
        regexp_extract(name_glob, '^[^*?\[]*') as prefix,
        not regexp_matches(name_glob, '[*?\[]') as is_exact
    from {{ ref('int_resources__named') }}
),

wanted as (
    select
        system,
        resource_name as name
    from names
    where resource_name is not null
    union
    select
        system,
        resource_scope as name
    from names
    where resource_scope is not null
),

matched as (
    select
        wanted.*,
        resources.resource_id,
        resources.service,
        resources.tier,
        resources.valid_from,
        resources.valid_until,
        resources.name_glob,
        resources.is_exact
    from wanted
    inner join resources
        on wanted.system = resources.system
        and starts_with(wanted.name, resources.prefix)
        and wanted.name glob resources.name_glob
),

-- The exact name wins, then the glob that says most, then the first of equals.
best as (
    select
        system,
        name,
        resource_id,
        service,
        tier,
        valid_from,
        valid_until
    from matched
    qualify row_number() over (
        partition by system, name, valid_from
        order by is_exact desc, length(name_glob) desc, name_glob asc, resource_id asc
    ) = 1
)

select * from best
