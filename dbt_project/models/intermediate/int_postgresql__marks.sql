{% set limit = "interval '" ~ var('session_limit_days') ~ " days'" %}
{% set by_process %}
        partition by server, process_id
        order by
            occurred_at,
            case class when 'authorized' then 0 when 'disconnected' then 2 else 1 end,
            event_id
{% endset %}
with lines as (
    select * from {{ ref('int_postgresql__lines') }}
),

-- A log without session names has only process numbers, and they come back.
processes as (
    select
        event_id,
        server,
        process_id,
        occurred_at,
        class,
        disconnected_since,
        case when class = 'authorized' then occurred_at end as authorized_at,
        case when class = 'authorized' then account end as login_account,
        case when class = 'authorized' then database_name end as login_database,
        case when class = 'disconnected' then occurred_at end as disconnected_at
    from lines
    where session_id is null and process_id is not null
),

tied as (
    select
        * exclude (authorized_at, login_account, login_database, disconnected_at),
        last_value(authorized_at ignore nulls) over ({{ by_process }}) as began_at,
        last_value(login_account ignore nulls) over ({{ by_process }}) as login_account,
        last_value(login_database ignore nulls) over ({{ by_process }}) as login_database,
        last_value(disconnected_at ignore nulls) over (
            {{ by_process }}
            rows between unbounded preceding and 1 preceding
        ) as left_at
    from processes
),

bounded as (
    select
        *,
        began_at >= occurred_at - {{ limit }}
        and coalesce(left_at <= began_at, true) as is_inside
    from tied
),

dated as (
    select
        *,
        case when is_inside then began_at else disconnected_since end as started_at
    from bounded
)

select
    event_id,
    started_at,
    case when is_inside then login_account end as login_account,
    case when is_inside then login_database end as login_database,
    concat_ws(':', server, process_id, epoch_us(started_at)) as session_key
from dated
where started_at is not null
