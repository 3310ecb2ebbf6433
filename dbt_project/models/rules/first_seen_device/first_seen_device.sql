with sightings as (
    select * from {{ ref('int_sightings__new') }}
    where trait = 'device'
),

devices as (
    select * from {{ ref('int_devices__held') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

unlisted as (
    select sightings.*
    from sightings
    anti join devices
        on sightings.engineer_id = devices.engineer_id
        and sightings.device_id = devices.device_id
        and sightings.first_at >= devices.valid_from
        and sightings.first_at < devices.valid_until
),

owned as (
    select
        unlisted.*,
        devices.engineer_id as owner_id
    from unlisted
    left outer join devices
        on unlisted.device_id = devices.device_id
        and unlisted.first_at >= devices.valid_from
        and unlisted.first_at < devices.valid_until
    qualify row_number() over (
        partition by unlisted.session_id, unlisted.source_ip order by devices.engineer_id
    ) = 1
),

findings as (
    select
        'first_seen_device' as rule_id,
        null as severity,
        owned.engineer_id,
        owned.account,
        owned.system,
        owned.resource_id,
        owned.resource_name,
        null as permission,
        owned.service,
        owned.session_id,
        owned.first_at as started_at,
        owned.last_at as ended_at,
        cast(length(string_split(owned.known_values, ', ')) as double) as score,
        coalesce(engineers.name, owned.engineer_id) || ' logged in to '
        || coalesce(owned.resource_id, owned.resource_name, owned.system)
        || ' (' || owned.system || ') on ' || {{ moment('owned.first_at') }} || ' with '
        || owned.device_id || ': not among their keys and devices in the directory, and not used by'
        || ' them in the {{ var("known_device_days") }} days before.' as summary,
        json_object(
            'device_id', owned.device_id, 'known_devices', owned.known_values,
            'owner', owned.owner_id, 'source', owned.source_ip
        ) as evidence,
        owned.raw_file,
        owned.raw_line
    from owned
    left outer join engineers on owned.engineer_id = engineers.engineer_id
)

select * from findings
