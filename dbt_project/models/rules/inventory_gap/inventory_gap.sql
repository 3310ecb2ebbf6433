with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

resources as (
    select * from {{ ref('int_resources__named') }}
    where valid_until is null
),

unlisted as (
    select
        system,
        resource_name,
        min(started_at) as first_at,
        max(ended_at) as last_at,
        count(*) as sessions,
        count(distinct coalesce(engineer_id, account)) as people,
        min_by(session_id, (started_at, session_id)) as first_session_id,
        min_by(raw_file, (started_at, session_id)) as first_file,
        min_by(raw_line, (started_at, session_id)) as first_line
    from sessions
    where
        resource_id is null
        and resource_name is not null
        and {{ is_human_access('sessions') }}
    group by all
),

nearest as (
    select
        unlisted.system,
        unlisted.resource_name,
        max_by(
            resources.resource_id,
            (
                jaro_winkler_similarity(unlisted.resource_name, resources.name_glob),
                resources.resource_id
            )
        ) as nearest_label
    from unlisted
    inner join resources
        on unlisted.system = resources.system
        and jaro_winkler_similarity(unlisted.resource_name, resources.name_glob) >= 0.7
    group by all
),

findings as (
    select
        'inventory_gap' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        unlisted.system,
        null as resource_id,
        unlisted.resource_name,
        null as permission,
        null as service,
        unlisted.first_session_id as session_id,
        unlisted.first_at as started_at,
        unlisted.last_at as ended_at,
        cast(unlisted.sessions as double) as score,
        unlisted.resource_name || ' (' || unlisted.system || ') was used by ' || unlisted.people
        || ' account(s) in ' || unlisted.sessions || ' session(s) from '
        || {{ moment('unlisted.first_at') }} || ' and no resource of the inventory has that name, '
        || 'so no schedule rule could judge it.' as summary,
        json_object(
            'nearest_label', nearest.nearest_label,
            'sessions', unlisted.sessions,
            'people', unlisted.people
        ) as evidence,
        unlisted.first_file as raw_file,
        unlisted.first_line as raw_line
    from unlisted
    left outer join nearest
        on unlisted.system = nearest.system
        and unlisted.resource_name = nearest.resource_name
)

select * from findings
