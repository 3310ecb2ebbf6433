{{ config(materialized='table') }}

with sightings as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null and asn is not null and is_place
),

days as (
    select
        *,
        unnest(generate_series(date_trunc('day', started_at), ended_at, interval '1 day')) as day
    from sightings
),

-- Nearly everybody is in one network all day: only the others need comparing.
mixed as (
    select
        engineer_id,
        day
    from days
    group by engineer_id, day
    having count(distinct asn) > 1
),

candidates as (
    select days.*
    from days
    semi join mixed on days.engineer_id = mixed.engineer_id and days.day = mixed.day
),

-- Keys and devices can be told apart only as one system names them.
pairs as (
    select
        later.*,
        earlier.session_id as earlier_session_id,
        earlier.source_ip as earlier_source_ip,
        earlier.country as earlier_country,
        earlier.asn as earlier_asn,
        earlier.system as earlier_system,
        least(earlier.ended_at, later.ended_at) as together_until
    from candidates as later
    inner join candidates as earlier
        on later.engineer_id = earlier.engineer_id
        and later.day = earlier.day
        and later.asn <> earlier.asn
        and (later.started_at, later.session_id, later.source_ip)
        > (earlier.started_at, earlier.session_id, earlier.source_ip)
    where
        {{ seconds_between('later.started_at', 'least(earlier.ended_at, later.ended_at)') }}
        >= {{ var('concurrent_seconds') }}
        and (
            later.country <> earlier.country
            or (later.system = earlier.system and later.device_id <> earlier.device_id)
        )
),

-- Two networks used side by side all day are one matter.
concurrent as (
    select *
    from pairs
    qualify row_number() over (
        partition by
            engineer_id,
            least(asn, earlier_asn),
            greatest(asn, earlier_asn),
            cast(started_at as date)
        order by started_at, session_id, earlier_session_id, source_ip, day
    ) = 1
)

select
    {{ sighting_columns() }},
    earlier_session_id,
    earlier_source_ip,
    earlier_country,
    earlier_asn,
    earlier_system,
    together_until
from concurrent
