with unknown as (
    select * from {{ ref('int_accounts__unknown') }}
),

findings as (
    select
        'unknown_identity' as rule_id,
        null as severity,
        null as engineer_id,
        account,
        system,
        null as resource_id,
        null as resource_name,
        null as permission,
        null as service,
        first_session_id as session_id,
        first_at as started_at,
        last_at as ended_at,
        1.0 as score,
        'The account ' || account || case
            when events > 0
                then
                    ' was used in ' || system || ' from ' || {{ moment('first_at') }} || ' ('
                    || events || ' events)'
            else
                ' holds ' || permissions || ' in ' || system || ' since '
                || {{ moment('first_at') }} || ' and was not used yet'
        end
        || ': it belongs to no person, service or shared account of the directory'
        || coalesce(', and looks like ' || skeleton_match, '') || '.' as summary,
        json_object(
            'skeleton_match', skeleton_match,
            'events', events,
            'permissions', nullif(permissions, ''),
            'resources', nullif(resources, ''),
            'sources', sources,
            'directory_at', directory_at
        ) as evidence,
        first_file as raw_file,
        first_line as raw_line
    from unknown
)

select * from findings
