with counted as (
    select * from {{ ref('int_snapshots__counted') }}
),

good as (
    select * from {{ ref('int_snapshots__good') }}
),

entries as (
    select * from {{ ref('int_schedules__entries') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
),

scheduled as (
    select
        'schedules' as kind,
        source_name,
        schedule_id as part,
        -- An override does not always say what its schedule is called.
        coalesce(max(schedule) filter (where schedule <> schedule_id), schedule_id) as name,
        observed_at,
        null::bigint as records,
        true as is_good,
        min(window_since) as covers_from,
        max(window_until) as covers_until
    from entries
    group by source_name, schedule_id, observed_at
),

held as (
    select
        counted.kind,
        counted.source_name,
        null as part,
        null as name,
        counted.observed_at,
        counted.records,
        good.observed_at is not null as is_good,
        counted.observed_at as covers_from,
        counted.observed_at as covers_until
    from counted
    left outer join good
        on counted.kind = good.kind
        and counted.source_name = good.source_name
        and counted.observed_at = good.observed_at
),

taken as (
    select * from scheduled
    union all
    select * from held
),

published as (
    select
        taken.source_name,
        taken.kind,
        sources.system,
        taken.part,
        taken.name,
        taken.observed_at,
        taken.records,
        taken.is_good,
        taken.covers_from,
        taken.covers_until
    from taken
    left outer join sources on taken.source_name = sources.source_name
)

select * from published
