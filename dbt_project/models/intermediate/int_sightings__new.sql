{{ config(materialized='table') }}

with sightings as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null
),

-- Where a VPN or a gateway is says nothing about who uses it; an office says what country is known.
traits as (
    select
        *,
        'country' as trait,
        country as value,
        {{ var('known_country_days') }} as known_days,
        not is_own_network as is_telling
    from sightings
    where country is not null and network_kind <> 'vpn' and (is_place or not is_own_network)
    union all
    select
        *,
        'device' as trait,
        device_id as value,
        {{ var('known_device_days') }} as known_days,
        true as is_telling
    from sightings
    where device_id is not null
    union all
    select
        *,
        'network' as trait,
        network_id as value,
        {{ var('known_network_days') }} as known_days,
        true as is_telling
    from sightings
    where not is_own_network
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
)

select
    novel.* exclude (since, known_days),
    baselines.known_values
from novel
inner join baselines
    on novel.session_id = baselines.session_id
    and novel.source_ip = baselines.source_ip
    and novel.trait = baselines.trait
where
    baselines.active_days >= {{ var('warm_up_active_days') }}
    and novel.first_at >= novel.since + interval '{{ var("warm_up_days") }} days'
