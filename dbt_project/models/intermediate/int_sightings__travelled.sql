{{ config(materialized='table') }}

-- A machine in a cloud is nobody's whereabouts.
with places as (
    select * from {{ ref('int_sightings__placed') }}
    where
        engineer_id is not null
        and is_place
        and network_kind <> 'cloud'
        and latitude is not null
        and longitude is not null
),

steps as (
    select
        *,
        lag(
            struct_pack(
                session_id := session_id, source_ip := source_ip, country := country, asn := asn,
                latitude := latitude, longitude := longitude, last_at := last_at
            )
        ) over (
            partition by engineer_id order by first_at, session_id, source_ip
        ) as earlier
    from places
),

measured as (
    select
        *,
        {{ kilometres('earlier') }} as km,
        greatest({{ seconds_between("earlier['last_at']", 'first_at') }}, 0) / 3600 as hours
    from steps
    where earlier is not null
),

-- Back and forth between two places on one day is one matter.
travelled as (
    select *
    from measured
    where km > {{ var('travel_km') }} and km > {{ var('travel_kmh') }} * hours
    qualify row_number() over (
        partition by
            engineer_id,
            cast(first_at as date),
            least((latitude, longitude), (earlier['latitude'], earlier['longitude'])),
            greatest((latitude, longitude), (earlier['latitude'], earlier['longitude']))
        order by first_at, session_id, source_ip
    ) = 1
)

select
    {{ sighting_columns() }},
    earlier,
    km,
    hours
from travelled
