with logins as (
    select * from {{ ref('int_logins__identified') }}
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
tried as (
    select * from {{ ref('int_logins__identified') }}
),

failures as (
    select
        system,
        identity,
        event_day,
        sum(tries) over recent as recent_tries
    from tried
    where is_failure
    window recent as (
        partition by system, identity order by occurred_at
        range between {{ login_reach() }} preceding and current row
    )
),

-- Where fewer fail within the reach of a rule, none asks what succeeded in between.
risky as (
    select distinct
        system,
        identity,
        event_day
    from failures
    where
        recent_tries
        >= least({{ var('login_burst_failures') }}, {{ var('success_after_failures') }})
),

-- Failures and the success that ends them share a streak: a success sets the count back.
streaked as (
    select
        logins.event_id,
        logins.event_day,
        logins.occurred_at,
        logins.system,
        logins.account,
        logins.account_kind,
        logins.engineer_id,
        logins.resource_id,
        logins.resource_name,
        logins.service,
        logins.session_id,
        logins.source_ip,
        logins.mfa,
        logins.device_id,
        logins.action,
        logins.raw_file,
        logins.raw_line,
        logins.tries,
        logins.is_failure,
        logins.identity,
        count(*) filter (where not logins.is_failure) over (
            partition by logins.system, logins.identity
            order by logins.occurred_at, logins.event_id
            rows between unbounded preceding and 1 preceding
        ) as streak
    from logins
    semi join risky
        on logins.system = risky.system
        and logins.identity = risky.identity
        and logins.event_day + {{ login_days() }} >= risky.event_day
        and risky.event_day + {{ login_days() }} >= logins.event_day
)

select * from streaked
