with last_used as (
    select * from {{ ref('int_entitlements__last_used') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

rights as (
    select
        last_used.*,
        run.until as now_at,
        coalesce(engineers.name, last_used.engineer_id) as engineer_name,
        coalesce(last_used.last_used_at, last_used.valid_from) as unused_since,
        case
            when last_used.privileged then {{ var('dormant_privileged_days') }}
            else {{ var('dormant_days') }}
        end as limit_days
    from last_used
    cross join run
    left outer join engineers on last_used.engineer_id = engineers.engineer_id
),

-- Logs that do not reach back so far cannot say that nobody used it; the system itself can.
unused as (
    select
        *,
        date_diff('day', unused_since, now_at) as unused_days
    from rights
    where
        valid_from <= now_at - limit_days * interval '1 day'
        and unused_since <= now_at - limit_days * interval '1 day'
        and least(logged_since, last_used_at) <= now_at - limit_days * interval '1 day'
),

findings as (
    select
        'dormant_entitlement' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        null as service,
        null as session_id,
        unused_since as started_at,
        last_seen_at as ended_at,
        cast(unused_days as double) as score,
        engineer_name || ' holds ' || permission || ' on ' || target || ' (' || system
        || ') and has not used it for ' || unused_days || ' days (limit ' || limit_days
        || '): the logs since ' || coalesce({{ moment('logged_since') }}, 'never')
        || ' and the system itself know of '
        || coalesce('no use after ' || {{ moment('last_used_at') }}, 'no use')
        || '.' as summary,
        json_object(
            'last_used', last_used_at,
            'observed_days', date_diff('day', logged_since, now_at),
            'unused_days', unused_days,
            'limit_days', limit_days
        ) as evidence,
        null as raw_file,
        null as raw_line
    from unused
)

select * from findings
