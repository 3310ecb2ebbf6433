-- Under three names, for DuckDB keeps what is read more than once.
with located as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null
),

identified as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null
),

connected as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null
),

-- Where a VPN, a relay or a phone is tells nothing; the country of an office is a known one.
traits as (
    select
        *,
        'country' as trait,
        country as value,
        {{ var('known_country_days') }} as known_days,
        not is_own_network as is_telling
    from located
    where country is not null and is_place
    union all
    select
        *,
        'device' as trait,
        device_id as value,
        {{ var('known_device_days') }} as known_days,
        true as is_telling
    from identified
    where device_id is not null
    union all
    select
        *,
        'network' as trait,
        network_id as value,
        {{ var('known_network_days') }} as known_days,
        true as is_telling
    from connected
    where not is_own_network
)

select
    {{ sighting_columns() }},
    trait,
    value,
    known_days,
    is_telling
from traits
