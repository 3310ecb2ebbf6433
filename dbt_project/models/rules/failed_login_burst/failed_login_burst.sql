with logins as (
    select * from {{ ref('int_logins__streaked') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- Names that the directory does not know are what scanners guess.
failures as (
    select
        *,
        sum(tries) over recent as recent_tries,
        recent_tries >= {{ var('login_burst_failures') }} as is_burst,
        min(occurred_at) over recent as burst_started_at
    from logins
    where is_failure and (engineer_id is not null or account_kind in ('service', 'shared'))
    window recent as (
        partition by system, identity, streak order by occurred_at
        range between interval '{{ var("login_burst_minutes") }} minutes' preceding and current row
    )
),

-- Broken automation fails all day long: one finding a day.
bursts as (
    select
        system,
        identity,
        cast(occurred_at as date) as failed_on,
        min(burst_started_at) filter (where is_burst) as started_at,
        max(occurred_at) filter (where is_burst) as ended_at,
        max(recent_tries) as most_tries,
        sum(tries) as failed_tries,
        list_sort(list(distinct source_ip))[1:20] as sources,
        min_by(event_id, (occurred_at, event_id)) filter (where is_burst) as first_event_id,
        list_sort(list(event_id))[1:20] as event_ids
    from failures
    group by all
    having bool_or(is_burst)
),

named as (
    select
        failures.*,
        bursts.* exclude (bursts.system, bursts.identity),
        coalesce(engineers.name, failures.engineer_id, failures.account) as who_failed
    from bursts
    inner join failures on bursts.first_event_id = failures.event_id
    left outer join engineers on failures.engineer_id = engineers.engineer_id
),

findings as (
    select
        'failed_login_burst' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        null as permission,
        service,
        null as session_id,
        started_at,
        ended_at,
        cast(failed_tries as double) as score,
        'Log-ins of ' || who_failed || ' (' || account || ', ' || system || ') failed '
        || failed_tries || ' times on ' || failed_on || ', up to ' || most_tries
        || ' of them within {{ var("login_burst_minutes") }} min from '
        || {{ moment('started_at') }}
        || ': no success in between.' as summary,
        json_object(
            'failures', failed_tries, 'rate', most_tries, 'sources', sources, 'event_ids', event_ids
        ) as evidence,
        raw_file,
        raw_line
    from named
)

select * from findings
