with logins as (
    select
        *,
        coalesce(engineer_id, account) as person
    from {{ ref('int_logins__identified') }}
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
-- Names that the directory does not know are what scanners guess.
failed as (
    select distinct
        source_ip,
        coalesce(engineer_id, account) as person,
        event_day
    from {{ ref('int_logins__identified') }}
    where
        is_failure
        and source_ip is not null
        and (engineer_id is not null or account_kind in ('service', 'shared'))
),

-- Where fewer people fail, however often, is no spray.
crowded as (
    select
        failed.source_ip,
        failed.event_day
    from failed
    inner join failed as later
        on failed.source_ip = later.source_ip
        and failed.event_day <= later.event_day
        and failed.event_day + {{ spray_days() }} >= later.event_day
    group by failed.source_ip, failed.event_day
    having count(distinct later.person) >= {{ var('spray_users') }}
),

watched as (
    select logins.*
    from logins
    semi join crowded
        on logins.source_ip = crowded.source_ip
        and logins.event_day >= crowded.event_day
        and crowded.event_day + {{ spray_days() }} + {{ spray_days() }} >= logins.event_day
    where logins.engineer_id is not null or logins.account_kind in ('service', 'shared')
),

-- Who gets in from there soon after had mistyped: an office at nine in the morning.
failures as (
    select tried.*
    from watched as tried
    anti join watched as entered
        on tried.source_ip = entered.source_ip
        and tried.person = entered.person
        and not entered.is_failure
        and tried.occurred_at <= entered.occurred_at
        and tried.occurred_at
        >= entered.occurred_at - interval '{{ var("spray_minutes") }} minutes'
    where tried.is_failure
)

select
    event_id,
    occurred_at,
    system,
    account,
    source_ip,
    raw_file,
    raw_line,
    tries,
    person
from failures
