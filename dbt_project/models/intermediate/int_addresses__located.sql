{{ config(materialized='table') }}

with sightings as (
    select * from {{ ref('int_sightings__parts') }}
),

logins as (
    select * from {{ ref('int_logins__streaked') }}
),

networks as (
    select * from {{ ref('stg_policy__networks') }}
),

gateways as (
    select * from {{ ref('stg_policy__gateway_addresses') }}
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
        address,
        {{ address_key('address') }} as address_key,
        -- What stands for a network where nobody says more: a /24, or a /48 of IPv6.
        if(
            address like '%:%',
            regexp_replace(left(address_key, 12), '(....)(....)(....)', '\1:\2:\3::/48'),
            regexp_extract(address, '^(\d+\.\d+\.\d+)\.', 1) || '.0/24'
        ) as neighbourhood
    from addresses
),

-- The longest prefix wins.
matched as (
    select
        keyed.address,
        networks.*
    from keyed
    inner join networks
        on keyed.address_key >= networks.first_address
        and keyed.address_key <= networks.last_address
    qualify
        row_number() over (partition by keyed.address order by networks.prefix_length desc) = 1
),

passages as (
    select distinct keyed.address
    from keyed
    inner join gateways
        on keyed.address_key >= gateways.first_address
        and keyed.address_key <= gateways.last_address
),

told as (
    select
        keyed.*,
        matched.cidr,
        matched.name as network_name,
        coalesce(matched.kind, 'isp') as network_kind,
        matched.country,
        matched.latitude,
        matched.longitude,
        matched.asn,
        passages.address is not null as is_gateway,
        {{ located_by_file('keyed.address') }} as place
    from keyed
    left outer join matched on keyed.address = matched.address
    left outer join passages on keyed.address = passages.address
),

located as (
    select
        address,
        address_key,
        cidr,
        network_name,
        network_kind,
        is_gateway,
        coalesce(country, place['country']) as country,
        if(latitude is null, place['latitude'], latitude) as latitude,
        if(latitude is null, place['longitude'], longitude) as longitude,
        coalesce(asn, place['asn']) as asn,
        -- The same provider under another address is no other network.
        coalesce('AS' || coalesce(asn, place['asn']), neighbourhood) as network_id
    from told
)

select * from located
