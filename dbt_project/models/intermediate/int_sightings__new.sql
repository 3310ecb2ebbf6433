{{ config(materialized='table') }}

with traits as (
    select * from {{ ref('int_sightings__traits') }}
),

seen as (
    select
        *,
        min(first_at) over (partition by engineer_id, trait) as since,
        lag(first_at) over (
            partition by engineer_id, trait, value order by first_at, session_id, source_ip
        ) as seen_at
    from traits
),

novel as (
    select * exclude (is_telling, seen_at)
    from seen
    where is_telling and coalesce(seen_at < first_at - to_days(known_days), true)
),

days as (
    select distinct
        engineer_id,
        trait,
        value,
        cast(first_at as date) as day
    from seen
),

-- What a person is compared with: their own days before, of those that are still remembered.
baselines as (
    select
        novel.session_id,
        novel.source_ip,
        novel.trait,
        count(distinct days.day) as active_days,
        string_agg(distinct days.value, ', ' order by days.value) as known_values
    from novel
    inner join days
        on novel.engineer_id = days.engineer_id
        and novel.trait = days.trait
        and days.day < cast(novel.first_at as date)
        and days.day >= cast(novel.first_at - to_days(novel.known_days) as date)
    group by novel.session_id, novel.source_ip, novel.trait
),

told as (
    select
        novel.*,
        baselines.known_values
    from novel
    inner join baselines
        on novel.session_id = baselines.session_id
        and novel.source_ip = baselines.source_ip
        and novel.trait = baselines.trait
    where
        baselines.active_days >= {{ var('warm_up_active_days') }}
        and novel.first_at >= novel.since + interval '{{ var("warm_up_days") }} days'
)

select
    {{ sighting_columns() }},
    trait,
    value,
    known_values
from told
