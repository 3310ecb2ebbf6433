with compared as (
    select * from {{ ref('int_engineer_days__compared') }}
),

sessions as (
    select * from {{ ref('int_sessions__unexplained') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

warm as (
    select * from compared
    where is_warm and peers + 1 >= {{ var('peer_min_people') }}
),

far as (
    select * from warm
    where distance >= {{ var('peer_distance') }}
),

-- The top of the days before: what is still to come never changes the answer of a day.
tops as (
    select
        far.engineer_id,
        far.event_day,
        quantile_cont(warm.distance, 1 - {{ var('peer_top_percent') }} / 100.0) as top
    from far
    inner join warm
        on far.team = warm.team
        and far.event_day > warm.event_day
        and far.event_day - interval '{{ var("peer_days") }} days' <= warm.event_day
    group by far.engineer_id, far.event_day
),

outlying as (
    select
        far.*,
        tops.top,
        coalesce(engineers.name, far.engineer_id) as engineer_name
    from far
    left outer join tops
        on far.engineer_id = tops.engineer_id
        and far.event_day = tops.event_day
    left outer join engineers on far.engineer_id = engineers.engineer_id
    where far.distance >= coalesce(tops.top, far.distance)
),

-- To put the events of every day in order would take more than all the rest.
begun as (
    select
        outlying.engineer_id,
        outlying.event_day,
        list(sessions.first_event_id order by sessions.started_at, sessions.session_id)[:20]
            as event_ids
    from outlying
    inner join sessions
        on outlying.engineer_id = sessions.engineer_id
        and outlying.event_day = sessions.event_day
    group by outlying.engineer_id, outlying.event_day
),

told as (
    select
        outlying.*,
        begun.event_ids
    from outlying
    left outer join begun
        on outlying.engineer_id = begun.engineer_id
        and outlying.event_day = begun.event_day
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
    from told
)

select * from findings
