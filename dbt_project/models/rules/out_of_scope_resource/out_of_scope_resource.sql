with checked as (
    select * from {{ ref('int_sessions__checked') }}
),

resources as (
    select distinct
        resource_id,
        owner_team,
        valid_from,
        valid_until
    from {{ ref('int_resources__named') }}
),

-- What several teams own together, or no service owns, is out of nobody's scope in those teams.
out_of_scope as (
    select
        checked.*,
        {{ duration_words('checked.duration_seconds') }} as length_words
    from checked
    anti join resources
        on checked.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'checked.started_at') }}
        and contains(resources.owner_team, ',')
        and list_contains(
            regexp_split_to_array(lower(trim(resources.owner_team)), '\s*,\s*'), lower(checked.team)
        )
    where checked.is_on_any_shift and checked.service is not null
),

findings as (
    select
        'out_of_scope_resource' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        null as permission,
        service,
        session_id,
        started_at,
        ended_at,
        1.0 as score,
        engineer_name || ' used ' || resource_id || ' (' || system || ') of ' || service || ' for '
        || length_words || ' from ' || {{ moment('started_at') }} || ' while on shift for '
        || coalesce(shift_services, 'another service') || ': not on shift for ' || service || ', '
        || checked_words || '.' as summary,
        json_object(
            'shift_services', shift_services,
            'resource_service', service,
            'incidents_checked', incidents_checked,
            'requests_checked', requests_checked
        ) as evidence,
        raw_file,
        raw_line
    from out_of_scope
)

select * from findings
