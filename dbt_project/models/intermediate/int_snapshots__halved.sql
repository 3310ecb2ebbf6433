with counted as (
    select * from {{ ref('int_snapshots__counted') }}
),

good as (
    select * from {{ ref('int_snapshots__good') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
),

-- A list of which a part is missing is a gap as well: it lasts until there is a whole one.
halved as (
    select
        counted.source_name,
        sources.system,
        counted.observed_at as started_at,
        min(good.observed_at) filter (where good.observed_at > counted.observed_at) as ended_at,
        max(good.observed_at) filter (where good.observed_at < counted.observed_at) as last_at,
        any_value(counted.records) as records
    from counted
    anti join good as itself
        on counted.kind = itself.kind
        and counted.source_name = itself.source_name
        and counted.observed_at = itself.observed_at
    inner join sources on counted.source_name = sources.source_name
    left outer join good
        on counted.kind = good.kind and counted.source_name = good.source_name
    group by counted.source_name, counted.observed_at, sources.system
)

select * from halved
