with ranked as (
    select * from {{ ref('int_engineer_days__ranked') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

outlying as (
    select
        ranked.*,
        coalesce(engineers.name, ranked.engineer_id) as engineer_name
    from ranked
    left outer join engineers on ranked.engineer_id = engineers.engineer_id
    where
        ranked.is_warm
        and ranked.peers + 1 >= {{ var('peer_min_people') }}
        and ranked.distance >= greatest({{ var('peer_distance') }}, ranked.top)
),

findings as (
    select
        'peer_outlier' as rule_id,
        null as severity,
        engineer_id,
        null as account,
        null as system,
        null as resource_id,
        null as resource_name,
        null as permission,
        null as service,
        null as session_id,
        started_at,
        ended_at,
        distance as score,
        engineer_name || ' did far more on ' || event_day || ' than their ' || peers
        || ' colleagues in ' || team || ' usually do, with neither an incident nor an approved '
        || 'request: ' || array_to_string(list_transform(
            -- Of four parts of a distance, the greatest is at least half of it.
            list_filter(traits, lambda each: each['z'] >= distance / 3),
            lambda each: each['trait'] || ' ' || each['value'] || ' (usual ' || each['usual'] || ')'
        ), ', ')
        || ' (distance ' || round(distance, 1)
        || coalesce('; of the team''s days before, nearly all lay below ' || round(top, 1), '')
        || ').' as summary,
        json_object(
            'peers', peers, 'distance', distance, 'top', round(top, 3), 'team', team,
            'traits', traits, 'event_ids', event_ids
        ) as evidence,
        raw_file,
        raw_line
    from outlying
)

select * from findings
