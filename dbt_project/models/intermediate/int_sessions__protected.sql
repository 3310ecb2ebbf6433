with sightings as (
    select * from {{ ref('int_sightings__placed') }}
),

gateways as (
    select * from {{ ref('stg_policy__gateways') }}
),

resources as (
    select * from {{ ref('stg_policy__gateway_resources') }}
),

passages as (
    select * from {{ ref('stg_policy__gateway_addresses') }}
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
    inner join addresses
        on sightings.source_ip = addresses.address
        and {{ is_valid_at('addresses', 'sightings.started_at') }}
    inner join resources
        on sightings.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'sightings.started_at') }}
    inner join gateways
        on resources.gateway = gateways.gateway
        and {{ is_valid_at('gateways', 'sightings.started_at') }}
    where sightings.system is distinct from gateways.system
),

passed as (
    select distinct
        protected.session_id,
        protected.source_ip,
        protected.gateway
    from protected
    inner join passages
        on protected.gateway = passages.gateway
        and protected.address_key between passages.first_address and passages.last_address
        and {{ is_valid_at('passages', 'protected.started_at') }}
),

judged as (
    select
        protected.*,
        protected.has_addresses and passed.session_id is null as is_elsewhere
    from protected
    left outer join passed
        on protected.session_id = passed.session_id
        and protected.source_ip = passed.source_ip
        and protected.gateway = passed.gateway
)

select
    {{ sighting_columns() }},
    gateway,
    gateway_system,
    is_elsewhere
from judged
