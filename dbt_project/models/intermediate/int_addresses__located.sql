{{ config(materialized='table') }}

with sightings as (
    select * from {{ ref('int_sightings__parts') }}
),

logins as (
    select * from {{ ref('int_logins__tried') }}
),

networks as (
    select * from {{ ref('stg_policy__networks') }}
),

gateways as (
    select * from {{ ref('stg_policy__gateway_addresses') }}
),

-- Some network is always listed, so these leave no time out.
stretches as (
    select distinct
        valid_from,
        valid_until
    from networks
),

addresses as (
    select source_ip as address
    from sightings
    union
    select source_ip as address
    from logins
    where source_ip is not null
),

keyed as (
    select
        addresses.*,
        stretches.*,
        {{ address_key('address') }} as address_key,
        {{ neighbourhood('address', 'address_key') }} as neighbourhood,
        {{ located_by_file('address') }} as place
    from addresses
    cross join stretches
),

told as (
    select
        keyed.*,
        networks.* exclude (networks.valid_from, networks.valid_until),
        gateways.gateway is not null as is_gateway
    from keyed
    left outer join networks
        on keyed.address_key between networks.first_address and networks.last_address
        and keyed.valid_from is not distinct from networks.valid_from
    left outer join gateways
        on keyed.address_key between gateways.first_address and gateways.last_address
        and keyed.valid_from is not distinct from gateways.valid_from
    -- The longest prefix wins.
    qualify row_number() over (
        partition by keyed.address, keyed.valid_from
        order by networks.prefix_length desc nulls last, gateways.gateway asc nulls last
    ) = 1
)

select
    address,
    address_key,
    cidr,
    coalesce(kind, 'isp') as network_kind,
    is_gateway,
    coalesce(country, place['country']) as country,
    if(latitude is null, place['latitude'], latitude) as latitude,
    if(latitude is null, place['longitude'], longitude) as longitude,
    coalesce(asn, place['asn']) as asn,
    -- The same provider under another address is no other network.
    coalesce('AS' || coalesce(asn, place['asn']), neighbourhood) as network_id,
    valid_from,
    valid_until
from told
