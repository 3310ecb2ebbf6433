with attributed as (
    select * from {{ ref('int_sightings__attributed') }}
),

people as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null and device_id is not null
),

devices as (
    select * from {{ ref('int_devices__held') }}
),

owners as (
    select
        people.session_id,
        people.source_ip,
        min(devices.engineer_id) as owner_id
    from people
    inner join devices
        on people.device_id = devices.device_id
        and people.first_at >= devices.valid_from
        and people.first_at < devices.valid_until
    group by people.session_id, people.source_ip
),

-- A key is whose the inventory says, else that of who used it first.
keys as (
    select
        people.*,
        coalesce(
            owners.owner_id,
            first_value(people.engineer_id) over (
                partition by people.device_id
                order by people.first_at, people.session_id, people.source_ip
            )
        ) as holder_id
    from people
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
