with travelled as (
    select * from {{ ref('int_sightings__travelled') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

findings as (
    select
        'impossible_travel' as rule_id,
        null as severity,
        travelled.engineer_id,
        travelled.account,
        travelled.system,
        travelled.resource_id,
        travelled.resource_name,
        null as permission,
        travelled.service,
        travelled.session_id,
        travelled.first_at as started_at,
        travelled.last_at as ended_at,
        travelled.km as score,
        coalesce(engineers.name, travelled.engineer_id) || ' used '
        || coalesce(travelled.resource_id, travelled.resource_name, travelled.system)
        || ' (' || travelled.system || ') on ' || {{ moment('travelled.first_at') }} || ' from '
        || {{ origin_words('travelled') }} || ', '
        || cast(round(travelled.km) as bigint) || ' km from ' || travelled.earlier['source_ip']
        || coalesce(' (' || travelled.earlier['country'] || ')', '') || ', where they were '
        || {{ duration_words('travelled.hours * 3600') }}
        || ' before: faster than {{ var("travel_kmh") }} km/h.' as summary,
        json_object(
            'km', round(travelled.km, 1), 'hours', round(travelled.hours, 3),
            'kmh', round(travelled.km / nullif(travelled.hours, 0), 0),
            'source', travelled.source_ip, 'earlier_source', travelled.earlier['source_ip'],
            'earlier_session', travelled.earlier['session_id']
        ) as evidence,
        travelled.raw_file,
        travelled.raw_line
    from travelled
    left outer join engineers on travelled.engineer_id = engineers.engineer_id
)

select * from findings
