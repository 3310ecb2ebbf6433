{% set limit = "interval '" ~ var('session_limit_days') ~ " days'" %}
with marks as materialized (
    select * from {{ ref('int_sshd__marks') }}
),

commands as (
    select
        event_id,
        occurred_at,
        system,
        host,
        account
    from {{ ref('int_sshd__lines') }}
    where list_contains(['sudo', 'su', 'subsystem'], class)
),

logins as (
    select
        system,
        host,
        session_key,
        started_at,
        min(account) filter (where class <> 'closed') as account,
        min(occurred_at) filter (where class = 'closed') as closed_at
    from marks
    group by system, host, session_key, started_at
    having count(*) filter (where class <> 'closed') > 0
),

-- Eight logins to choose from are plenty, and keep a busy host from costing thousands a command.
recent as (
    select
        *,
        array_agg(
            struct_pack(key := session_key, started_at := started_at, closed_at := closed_at)
        ) over (
            partition by system, host, account order by started_at, session_key
            rows between 7 preceding and current row
        ) as logins
    from logins
    qualify row_number() over (
        partition by system, host, account, started_at order by session_key desc
    ) = 1
),

candidates as (
    select
        commands.event_id,
        commands.occurred_at,
        recent.logins
    from commands
    asof inner join recent
        on commands.system = recent.system
        and commands.host = recent.host
        and commands.account = recent.account
        and commands.occurred_at >= recent.started_at
),

-- sudo tells no process: the command belongs to the account's latest login still open.
held as (
    select
        event_id,
        occurred_at,
        list_filter(
            logins,
            lambda login: coalesce(login['closed_at'] >= occurred_at, true)
            and login['started_at'] >= occurred_at - {{ limit }}
        )[-1]['key'] as session_key
    from candidates
)

select
    event_id,
    occurred_at,
    session_key,
    started_at
from marks
union all
select
    *,
    null as started_at
from held
