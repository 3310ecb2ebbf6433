with spanned as (
    select * from {{ ref('int_entitlements__spanned') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

names as (
    select * from {{ ref('int_resources__named') }}
),

wanted as (
    select distinct
        system,
        resource_name
    from spanned
),

-- The longest pattern says most about a name; the resource's own name needs no pattern.
meant as (
    select
        wanted.system,
        wanted.resource_name,
        names.resource_id,
        names.valid_from,
        names.valid_until,
        length(names.name_glob) as weight
    from wanted
    inner join names
        on wanted.system = names.system
        and wanted.resource_name glob names.name_glob
    union all
    select
        wanted.system,
        wanted.resource_name,
        resources.resource_id,
        resources.valid_from,
        resources.valid_until,
        -1 as weight
    from wanted
    inner join resources on wanted.resource_name = resources.resource_id
),

held as (
    select
        system,
        resource_name,
        valid_from,
        valid_until,
        min_by(resource_id, (-weight, resource_id)) as resource_id
    from meant
    where not {{ is_pattern('resource_name') }}
    group by system, resource_name, valid_from, valid_until
    union all
    -- A right to whatever fits a pattern is a right to each resource that does.
    select distinct
        wanted.system,
        wanted.resource_name,
        names.valid_from,
        names.valid_until,
        names.resource_id
    from wanted
    inner join names
        on wanted.system = names.system
        and names.name_glob glob wanted.resource_name
    where {{ is_pattern('wanted.resource_name') }}
)

select * from held
