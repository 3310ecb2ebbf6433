with sightings as (
    select * from {{ ref('int_sightings__new') }}
    where trait = 'network'
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

findings as (
    select
        'first_seen_network' as rule_id,
        null as severity,
        sightings.engineer_id,
        sightings.account,
        sightings.system,
        sightings.resource_id,
        sightings.resource_name,
        null as permission,
        sightings.service,
        sightings.session_id,
        sightings.first_at as started_at,
        sightings.last_at as ended_at,
        cast(length(string_split(sightings.known_values, ', ')) as double) as score,
        coalesce(engineers.name, sightings.engineer_id) || ' used '
        || coalesce(sightings.resource_id, sightings.resource_name, sightings.system)
        || ' (' || sightings.system || ') on ' || {{ moment('sightings.first_at') }} || ' from '
        || {{ origin_words('sightings') }} || ': in the {{ var("known_network_days") }} days before'
        || ' they came from ' || sightings.known_values || ' only.' as summary,
        json_object(
            'asn', sightings.asn, 'network', sightings.network_id,
            'known_networks', sightings.known_values, 'source', sightings.source_ip
        ) as evidence,
        sightings.raw_file,
        sightings.raw_line
    from sightings
    left outer join engineers on sightings.engineer_id = engineers.engineer_id
)

select * from findings
