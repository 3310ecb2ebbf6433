with concurrent as (
    select
        *,
        {{ seconds_between('started_at', 'together_until') }} as overlap
    from {{ ref('int_sightings__concurrent') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

findings as (
    select
        'concurrent_networks' as rule_id,
        null as severity,
        concurrent.engineer_id,
        concurrent.account,
        concurrent.system,
        concurrent.resource_id,
        concurrent.resource_name,
        null as permission,
        concurrent.service,
        concurrent.session_id,
        concurrent.started_at,
        concurrent.together_until as ended_at,
        concurrent.overlap as score,
        coalesce(engineers.name, concurrent.engineer_id) || ' used '
        || coalesce(concurrent.resource_id, concurrent.resource_name, concurrent.system)
        || ' (' || concurrent.system || ') from ' || {{ origin_words('concurrent') }} || ' on '
        || {{ moment('concurrent.started_at') }} || ' while a session of theirs ('
        || concurrent.earlier_system || ') went on from ' || concurrent.earlier_source_ip
        || coalesce(
            ' (' || concurrent.earlier_country || ', AS' || concurrent.earlier_asn || ')', ''
        )
        || ', for ' || {{ duration_words('concurrent.overlap') }}
        || ': neither is a VPN, a gateway or a phone.' as summary,
        json_object(
            'source', concurrent.source_ip, 'asn', concurrent.asn, 'country', concurrent.country,
            'earlier_source', concurrent.earlier_source_ip, 'earlier_asn', concurrent.earlier_asn,
            'earlier_country', concurrent.earlier_country,
            'earlier_session', concurrent.earlier_session_id, 'overlap', concurrent.overlap
        ) as evidence,
        concurrent.raw_file,
        concurrent.raw_line
    from concurrent
    left outer join engineers on concurrent.engineer_id = engineers.engineer_id
)

select * from findings
