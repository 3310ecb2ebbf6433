with sightings as (
    select * from {{ ref('int_sightings__placed') }}
),

gateways as (
    select * from {{ ref('stg_policy__gateways') }}
),

resources as (
    select * from {{ ref('stg_policy__gateway_resources') }}
),

addresses as (
    select * from {{ ref('int_addresses__located') }}
),

-- The gateway's own record of a session is no session beside it.
protected as (
    select
        sightings.*,
        addresses.address_key,
        gateways.gateway,
        gateways.system as gateway_system,
        gateways.has_addresses
    from sightings
    inner join addresses on sightings.source_ip = addresses.address
    inner join resources on sightings.resource_id = resources.resource_id
    inner join gateways on resources.gateway = gateways.gateway
    where sightings.system is distinct from gateways.system
)

select
    {{ sighting_columns() }},
    address_key,
    gateway,
    gateway_system,
    has_addresses
from protected
