{{ kept_by_changes('session_id', 'int_sessions__changed') }}

with parts as (
    select * from {{ ref('int_sightings__parts') }}
    where {{ is_remade('event_day') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
    where {{ is_remade('started_on') }}
),

addresses as (
    select * from {{ ref('int_addresses__located') }}
),

sightings as (
    select
        session_id,
        source_ip,
        max(device_id) as device_id,
        min(first_at) as first_at,
        max(last_at) as last_at,
        arg_min(first_event, event_day) as first_event,
        count(*) over (partition by session_id) = 1 as is_only
    from parts
    group by session_id, source_ip
)

select
    sightings.session_id,
    sightings.source_ip,
    sightings.device_id,
    sightings.first_at,
    sightings.last_at,
    sessions.engineer_id,
    sessions.account,
    sessions.account_kind,
    sessions.system,
    sessions.resource_id,
    sessions.resource_name,
    sessions.service,
    -- Most records of a session name no address: where it has one alone, it was there all the time.
    if(sightings.is_only, sessions.started_at, sightings.first_at) as started_at,
    if(sightings.is_only, sessions.ended_at, sightings.last_at) as ended_at,
    addresses.network_kind,
    addresses.network_id,
    addresses.country,
    addresses.latitude,
    addresses.longitude,
    addresses.asn,
    addresses.is_gateway or addresses.network_kind in ('office', 'vpn', 'private')
        as is_own_network,
    -- Where such an address is tells nothing about where the person is.
    not addresses.is_gateway
    and addresses.network_kind not in ('vpn', 'relay', 'satellite', 'mobile', 'private')
        as is_place,
    sightings.first_event['raw_file'] as raw_file,
    sightings.first_event['raw_line'] as raw_line
from sightings
inner join sessions on sightings.session_id = sessions.session_id
inner join addresses
    on sightings.source_ip = addresses.address
    and {{ is_valid_at('addresses', 'sightings.first_at') }}
where {{ is_human_access('sessions') }}
