with devices as (
    select * from {{ ref('int_devices__held') }}
),

generic as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is null and account_kind in ('shared', 'unknown')
),

people as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
keyed as (
    select * from {{ ref('int_sightings__placed') }}
    where engineer_id is not null and device_id is not null
),

-- A key is somebody's; an address may be a jump host's, and tells only where one person has it.
suspects as (
    select
        generic.session_id,
        generic.source_ip,
        devices.engineer_id,
        1 as preference
    from generic
    inner join devices
        on generic.device_id = devices.device_id
        and generic.first_at >= devices.valid_from
        and generic.first_at < devices.valid_until
    union
    select
        generic.session_id,
        generic.source_ip,
        keyed.engineer_id,
        2 as preference
    from generic
    inner join keyed
        on generic.device_id = keyed.device_id
        and generic.first_at >= keyed.first_at - interval '{{ var("known_device_days") }} days'
        and generic.first_at <= keyed.first_at + interval '{{ var("known_device_days") }} days'
    union
    select
        generic.session_id,
        generic.source_ip,
        people.engineer_id,
        3 as preference
    from generic
    inner join people
        on generic.source_ip = people.source_ip
        and generic.first_at >= people.first_at - interval '{{ var("shared_account_hours") }} hours'
        and generic.first_at <= people.first_at + interval '{{ var("shared_account_hours") }} hours'
    where not generic.is_own_network
),

settled as (
    select
        session_id,
        source_ip,
        min(engineer_id) as person,
        count(distinct engineer_id) as people
    from suspects
    group by session_id, source_ip, preference
    qualify row_number() over (partition by session_id, source_ip order by preference) = 1
),

attributed as (
    select
        generic.*,
        settled.person
    from generic
    inner join settled
        on generic.session_id = settled.session_id
        and generic.source_ip = settled.source_ip
    where settled.people = 1
)

select
    {{ sighting_columns() }},
    person
from attributed
