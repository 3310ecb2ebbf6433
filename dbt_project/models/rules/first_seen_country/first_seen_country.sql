with sightings as (
    select * from {{ ref('int_sightings__new') }}
    where trait = 'country'
),

travelling as (
    select * from {{ ref('int_people__travelling') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

undeclared as (
    select sightings.*
    from sightings
    anti join travelling
        on sightings.engineer_id = travelling.engineer_id
        and sightings.country = travelling.country
        and sightings.first_at >= travelling.started_at
        and sightings.first_at < travelling.ended_at
),

findings as (
    select
        'first_seen_country' as rule_id,
        null as severity,
        undeclared.engineer_id,
        undeclared.account,
        undeclared.system,
        undeclared.resource_id,
        undeclared.resource_name,
        null as permission,
        undeclared.service,
        undeclared.session_id,
        undeclared.first_at as started_at,
        undeclared.last_at as ended_at,
        cast(length(string_split(undeclared.known_values, ', ')) as double) as score,
        coalesce(engineers.name, undeclared.engineer_id) || ' used '
        || coalesce(undeclared.resource_id, undeclared.resource_name, undeclared.system)
        || ' (' || undeclared.system || ') on ' || {{ moment('undeclared.first_at') }}
        || ' from '
        || {{ origin_words('undeclared') }}
        || ': in the {{ var("known_country_days") }} days before they came from '
        || undeclared.known_values || ' only, no travel to '
        || undeclared.country || ' is declared, and it is no network of ours.' as summary,
        json_object(
            'country', undeclared.country, 'known_countries', undeclared.known_values,
            'source', undeclared.source_ip, 'asn', undeclared.asn
        ) as evidence,
        undeclared.raw_file,
        undeclared.raw_line
    from undeclared
    left outer join engineers on undeclared.engineer_id = engineers.engineer_id
)

select * from findings
