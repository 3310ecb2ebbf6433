with logins as (
    select * from {{ ref('int_logins__identified') }}
    where not is_failure and not mfa and account_kind is distinct from 'service'
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Whoever has no second factor has none all day.
daily as (
    select
        system,
        account,
        any_value(engineer_id) as engineer_id,
        count(*) as logins,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        string_agg(distinct action, ', ' order by action) as actions,
        list_sort(list(distinct source_ip))[1:20] as sources,
        min_by(event_id, (occurred_at, event_id)) as first_event_id,
        list_sort(list(event_id))[1:20] as event_ids
    from logins
    group by system, account, engineer_id, cast(occurred_at as date)
),

findings as (
    select
        'no_mfa' as rule_id,
        null as severity,
        daily.engineer_id,
        daily.account,
        daily.system,
        logins.resource_id,
        logins.resource_name,
        null as permission,
        logins.service,
        logins.session_id,
        daily.started_at,
        daily.ended_at,
        cast(daily.logins as double) as score,
        coalesce(engineers.name, daily.account) || ' logged in to ' || daily.system || ' as '
        || daily.account || ' ' || daily.logins || ' time(s) from '
        || {{ moment('daily.started_at') }}
        || ': the record says that no second factor was used.' as summary,
        json_object(
            'mfa_evidence', daily.actions, 'logins', daily.logins, 'sources', daily.sources,
            'event_ids', daily.event_ids
        ) as evidence,
        logins.raw_file,
        logins.raw_line
    from daily
    inner join logins on daily.first_event_id = logins.event_id
    left outer join engineers on daily.engineer_id = engineers.engineer_id
)

select * from findings
