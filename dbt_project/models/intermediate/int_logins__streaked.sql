{%- set days = ([var('login_burst_minutes'), var('success_after_minutes')] | max / 1440) | round(0, 'ceil') | int %}
with logins as (
    select * from {{ ref('int_logins__identified') }}
),

failing as (
    select
        system,
        identity,
        event_day,
        sum(tries) over (
            partition by system, identity
            order by event_day
            range between current row and interval '{{ days }} days' following
        ) as tries
    from (
        select
            system,
            identity,
            event_day,
            sum(tries) as tries
        from logins
        where is_failure
        group by system, identity, event_day
    )
),

-- Where fewer fail within the reach of a rule, none asks what succeeded in between.
risky as (
    select distinct
        system,
        identity,
        cast(
            unnest(
                generate_series(event_day, event_day + {{ 2 * days }}, interval '1 day')
            ) as date
        ) as event_day
    from failing
    where tries >= {{ [var('login_burst_failures'), var('success_after_failures')] | min }}
)

-- Failures and the success that ends them share a streak: a success sets the count back.
select
    logins.*,
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
