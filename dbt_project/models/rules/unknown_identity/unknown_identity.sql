with events as (
    select * from {{ ref('int_events__resolved') }}
),

identities as (
    select * from {{ ref('int_identities__resolved') }}
),

-- Without a directory nobody is known, which says nothing about anybody.
unknown as (
    select
        system,
        account,
        {{ account_skeleton('account') }} as skeleton,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        sum(repeated) as events,
        min_by(session_id, (occurred_at, event_id)) as first_session_id,
        min_by(raw_file, (occurred_at, event_id)) as first_file,
        min_by(raw_line, (occurred_at, event_id)) as first_line,
        string_agg(distinct coalesce(resource_id, resource_name), ', ') as resources,
        string_agg(distinct source_ip, ', ') as sources
    from events
    where
        engineer_id is null
        and account is not null
        and coalesce(account_kind, 'unknown') = 'unknown'
        and (
            outcome = 'success'
            or (outcome = 'unknown' and kind in ('session_start', 'action'))
        )
        and exists (
            select identities.account
            from identities
            where identities.engineer_id is not null
        )
    group by all
),

alike as (
    select
        {{ account_skeleton('account') }} as skeleton,
        string_agg(distinct account, ', ' order by account) as accounts
    from identities
    where engineer_id is not null
    group by all
),

findings as (
    select
        'unknown_identity' as rule_id,
        null as severity,
        null as engineer_id,
        unknown.account,
        unknown.system,
        null as resource_id,
        null as resource_name,
        null as permission,
        null as service,
        unknown.first_session_id as session_id,
        unknown.first_at as started_at,
        unknown.last_at as ended_at,
        1.0 as score,
        'The account ' || unknown.account || ' was used in ' || unknown.system || ' from '
        || {{ moment('unknown.first_at') }} || ' (' || unknown.events || ' events): '
        || 'it belongs to no person, service or shared account of the directory'
        || coalesce(', and looks like ' || alike.accounts, '') || '.' as summary,
        json_object(
            'skeleton_match', alike.accounts,
            'events', unknown.events,
            'resources', unknown.resources,
            'sources', unknown.sources
        ) as evidence,
        unknown.first_file as raw_file,
        unknown.first_line as raw_line
    from unknown
    left outer join alike on unknown.skeleton = alike.skeleton
)

select * from findings
