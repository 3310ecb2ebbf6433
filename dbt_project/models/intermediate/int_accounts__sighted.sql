with unclaimed as (
    {{ resolved('int_events__unclaimed') | indent(4) }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

used as (
    select
        system,
        account,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        sum(repeated) as events,
        min_by(session_id, (occurred_at, event_id)) as first_session_id,
        min_by(raw_file, (occurred_at, event_id)) as first_file,
        min_by(raw_line, (occurred_at, event_id)) as first_line,
        list_sort(list_distinct(list(coalesce(resource_id, resource_name)))) as resources,
        string_agg(distinct source_ip, ', ' order by source_ip) as sources,
        null::varchar[] as permissions
    from unclaimed
    where
        engineer_id is null
        and account is not null
        and coalesce(account_kind, 'unknown') = 'unknown'
        and (
            outcome = 'success'
            or (outcome = 'unknown' and kind in ('session_start', 'action'))
        )
    group by all
),

-- An account that has rights need not have been used yet. Groups are no accounts.
entitled as (
    select
        system,
        account,
        min(first_seen_at) as first_at,
        max(last_seen_at) as last_at,
        0 as events,
        null as first_session_id,
        null as first_file,
        null as first_line,
        list_sort(list_distinct(list(coalesce(resource_id, resource_name)))) as resources,
        null as sources,
        list_sort(list_distinct(list(permission))) as permissions
    from held
    where
        engineer_id is null
        and account_kind = 'unknown'
        and not regexp_matches(account, '^(group|role):')
    group by all
),

sighted as (
    select * from used
    union all
    select * from entitled
)

select * from sighted
