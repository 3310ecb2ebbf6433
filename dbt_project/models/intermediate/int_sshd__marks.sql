{% set limit = "interval '" ~ var('session_limit_days') ~ " days'" %}
{% set by_process %}
        partition by source_name, host, pid, account
        order by
            occurred_at,
            case class when 'accepted' then 0 when 'opened' then 1 else 2 end,
            event_id
{% endset %}
with lines as (
    select * from {{ ref('int_sshd__lines') }}
),

ordered as (
    select
        event_id,
        source_name,
        occurred_at,
        system,
        host,
        pid,
        account,
        class,
        lag(class) over ({{ by_process }}) as previous_class,
        lag(occurred_at) over ({{ by_process }}) as previous_at
    from lines
    where list_contains(['accepted', 'opened', 'closed'], class) and pid is not null
),

-- `session opened` after `Accepted` in one process is the same login; alone it is its own.
begun as (
    select
        *,
        case
            when class = 'accepted' then occurred_at
            when
                class = 'opened'
                and not coalesce(
                    previous_class = 'accepted' and occurred_at <= previous_at + {{ limit }}, false
                ) then occurred_at
        end as begun_at
    from ordered
),

-- Process numbers come back: a line belongs to the last login of its process, and not for ever.
tied as (
    select
        *,
        last_value(begun_at ignore nulls) over (
            {{ by_process }}
            rows between unbounded preceding and current row
        ) as login_at
    from begun
),

dated as (
    select
        * exclude (login_at),
        case
            when login_at >= occurred_at - {{ limit }} then login_at
            else occurred_at
        end as started_at
    from tied
)

select
    event_id,
    occurred_at,
    system,
    host,
    account,
    class,
    started_at,
    concat_ws(
        ':', coalesce(nullif(host, ''), source_name), pid, epoch_us(started_at)
    ) as session_key
from dated
