with logins as (
    select * from {{ ref('int_logins__identified') }}
),

failed as (
    select
        system,
        identity,
        event_day,
        sum(tries) as tries
    from logins
    where is_failure
    group by system, identity, event_day
),

-- Where fewer fail within the reach of a rule, none asks what succeeded in between.
risky as (
    select
        failed.system,
        failed.identity,
        failed.event_day
    from failed
    inner join failed as later
        on failed.system = later.system
        and failed.identity = later.identity
        and failed.event_day <= later.event_day
        and failed.event_day + {{ login_reach() | indent(8) }} >= later.event_day
    group by failed.system, failed.identity, failed.event_day
    having
        sum(later.tries)
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
        and logins.event_day >= risky.event_day
        and logins.event_day
        <= risky.event_day + {{ login_reach() | indent(8) }}
        + {{ login_reach() | indent(8) }}
)

select * from streaked
