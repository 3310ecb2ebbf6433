{{ config(materialized='table') }}

with traits as (
    select * from {{ ref('int_sightings__traits') }}
),

-- Under two names, for DuckDB keeps what is read twice, and of most only three columns are wanted.
sightings as (
    select * from {{ ref('int_sightings__traits') }}
),

-- Only the first of a day can be one after a long time.
days as (
    select
        engineer_id,
        trait,
        value,
        known_days,
        cast(first_at as date) as day,
        min(first_at) as first_at,
        max(first_at) as last_at
    from traits
    group by engineer_id, trait, value, known_days, day
),

seen as (
    select
        *,
        min(first_at) over (partition by engineer_id, trait) as since,
        lag(last_at) over (partition by engineer_id, trait, value order by day) as seen_at
    from days
),

novel as (
    select *
    from seen
    where
        coalesce(seen_at < first_at - to_days(known_days), true)
        and first_at >= since + interval '{{ var("warm_up_days") }} days'
),

-- What a person is compared with: their own days before, of those that are still remembered.
baselines as (
    select
        novel.engineer_id,
        novel.trait,
        novel.value,
        novel.first_at,
        string_agg(distinct days.value, ', ' order by days.value) as known_values
    from novel
    inner join days
        on novel.engineer_id = days.engineer_id
        and novel.trait = days.trait
        and novel.day > days.day
        and cast(novel.first_at - to_days(novel.known_days) as date) <= days.day
    group by novel.engineer_id, novel.trait, novel.value, novel.first_at
    having count(distinct days.day) >= {{ var('warm_up_active_days') }}
),

-- As one list, for DuckDB takes them for many, and would make ready all that were seen instead.
moments as (
    select unnest(list(first_at)) as first_at
    from baselines
),

newly as (
    select sightings.*
    from sightings
    semi join moments on sightings.first_at = moments.first_at
),

told as (
    select
        newly.*,
        baselines.known_values
    from baselines
    inner join newly
        on baselines.engineer_id = newly.engineer_id
        and baselines.trait = newly.trait
        and baselines.value = newly.value
        and baselines.first_at = newly.first_at
    qualify row_number() over (
        partition by
            newly.engineer_id, newly.trait, newly.value, newly.first_at
        order by newly.session_id, newly.source_ip
    ) = 1
)

select
    {{ sighting_columns() }},
    trait,
    value,
    known_values
from told
where is_telling
