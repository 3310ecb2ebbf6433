with attributed as (
    select * from {{ ref('int_sightings__attributed') }}
),

people as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null and device_id is not null
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
seen as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null and device_id is not null
),

devices as (
    select * from {{ ref('int_devices__held') }}
),

owners as (
    select
        seen.session_id,
        seen.source_ip,
        min(devices.engineer_id) as owner_id
    from seen
    inner join devices
        on seen.device_id = devices.device_id
        and seen.first_at >= devices.valid_from
        and seen.first_at < devices.valid_until
    group by seen.session_id, seen.source_ip
),

first_used as (
    select
        device_id,
        min_by(engineer_id, (first_at, session_id, source_ip)) as engineer_id
    from {{ ref('int_sightings__placed') }}
    where engineer_id is not null and device_id is not null
    group by device_id
),

-- A key is whose the inventory says, else that of who used it first.
keys as (
    select
        people.*,
        coalesce(owners.owner_id, first_used.engineer_id) as holder_id
    from people
    inner join first_used on people.device_id = first_used.device_id
    left outer join owners
        on people.session_id = owners.session_id
        and people.source_ip = owners.source_ip
),

uses as (
    select
        {{ sighting_columns() }},
        'account ' || system || ':' || account as subject,
        person,
        null as holder_id
    from attributed
    union all
    select
        {{ sighting_columns() }},
        'key ' || device_id as subject,
        engineer_id as person,
        holder_id
    from keys
)

select
    {{ sighting_columns() }},
    subject,
    person,
    holder_id
from uses
