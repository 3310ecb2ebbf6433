with joined as (
    select * from {{ ref('int_auditd__joined') }}
),

-- One refused attempt is written twice, as an authentication and as a log-in, by one process.
attempts as (
    select distinct
        source_name,
        node,
        pid,
        date_trunc('hour', occurred_at) as hour_at
    from joined
    where record_type = 'USER_AUTH' and not is_success
),

told as (
    select
        joined.*,
        joined.record_type in ('USER_AUTH', 'USER_LOGIN', 'USER_ERR') as is_login,
        case
            when joined.is_success is null then 'unknown'
            when joined.is_success then 'success'
            when joined.record_type = 'USER_CMD' or joined.exit_code in (-1, -13) then 'denied'
            else 'failure'
        end as outcome
    from joined
    left outer join attempts
        on joined.source_name = attempts.source_name
        and joined.node is not distinct from attempts.node
        and joined.pid = attempts.pid
        and date_trunc('hour', joined.occurred_at) = attempts.hour_at
    where
        joined.record_type not in ('LOGIN', 'USER_LOGOUT')
        and (
            joined.record_type not in ('USER_START', 'USER_END')
            or (joined.is_outer and joined.session_key is not null)
        )
        and not (
            joined.record_type = 'USER_LOGIN' and not joined.is_success
            and attempts.pid is not null
        )
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    case when is_login then coalesce(account, login_account) else login_account end as account,
    node as resource_name,
    cast(null as varchar) as resource_scope,
    case
        when record_type = 'USER_START' and outcome = 'success' then 'session_start'
        when record_type = 'USER_END' then 'session_end'
        when is_login then 'authentication'
        else 'action'
    end as kind,
    lower(coalesce(case when record_type = 'SYSCALL' then coalesce(key, syscall) end, record_type))
        as action,
    left({{ redacted("coalesce(command, account, executable)") }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    cast(null as boolean) as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from told
