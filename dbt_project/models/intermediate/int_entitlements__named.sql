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
exact as (
    select
        wanted.system,
        wanted.resource_name,
        coalesce(
            min_by(names.resource_id, (-length(names.name_glob), names.resource_id)),
            min(resources.resource_id)
        ) as resource_id
    from wanted
    left outer join names
        on wanted.system = names.system
        and wanted.resource_name glob names.name_glob
    left outer join resources on wanted.resource_name = resources.resource_id
    where not {{ is_pattern('wanted.resource_name') }}
    group by wanted.system, wanted.resource_name
),

-- A right to whatever fits a pattern is a right to each resource that does.
targets as (
    select * from exact
    union all
    select distinct
        wanted.system,
        wanted.resource_name,
        names.resource_id
    from wanted
    inner join names
        on wanted.system = names.system
        and names.name_glob glob wanted.resource_name
    where {{ is_pattern('wanted.resource_name') }}
),

named as (
    select
        spanned.source_name,
        spanned.system,
        spanned.account,
        spanned.resource_name,
        spanned.permission,
        spanned.granted_via,
        spanned.granted_by,
        spanned.first_ordinal,
        spanned.first_seen_at,
        spanned.last_seen_at,
        spanned.valid_until,
        spanned.is_privileged,
        spanned.expires_at,
        spanned.last_used_at,
        spanned.valid_from,
        targets.resource_id
    from spanned
    left outer join targets
        on spanned.system = targets.system
        and spanned.resource_name = targets.resource_name
)

select * from named
