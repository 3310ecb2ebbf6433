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

reached as (
    select
        *,
        sum(tries) over (
            partition by system, identity
            order by event_day
            range between current row and {{ login_reach() }} following
        ) as tries_in_reach
    from failed
),

-- Where fewer fail within the reach of a rule, none asks what succeeded in between.
risky as (
    select distinct
        system,
        identity,
        cast(
            unnest(
                generate_series(event_day, event_day + 2 * {{ login_reach() }}, interval '1 day')
            ) as date
        ) as event_day
    from reached
    where
        tries_in_reach
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
        and logins.event_day = risky.event_day
)

select * from streaked
