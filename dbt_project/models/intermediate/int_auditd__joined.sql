with records as (
    select * from {{ ref('stg_auditd__records') }}
),

-- The records of one event have its host, time and serial.
joined as (
    select
        min(event_id) as event_id,
        source_name,
        occurred_at,
        min(system) as system,
        node,
        case
            when bool_or(record_type = 'EXECVE') then 'EXECVE'
            else min(record_type)
        end as record_type,
        min(login_uid) as login_uid,
        min(login_name) as login_name,
        min(login_session) as login_session,
        min(pid) as pid,
        min(account) as account,
        min(operation) as operation,
        min(executable) as executable,
        coalesce(min(command), string_agg(arguments, ' ' order by raw_line asc)) as command,
        min(syscall) as syscall,
        min(key) as key,
        min(source_ip) as source_ip,
        min(exit_code) as exit_code,
        bool_and(is_success) as is_success,
        min(raw_file) as raw_file,
        min(raw_line) as raw_line
    from records
    group by source_name, node, occurred_at, serial
),

-- A host counts its log-ins anew when it starts: the log-in's time tells two of one number apart.
begun as (
    select
        *,
        max(case when record_type = 'LOGIN' then occurred_at end) over (
            partition by source_name, node, login_session
            order by occurred_at asc
            range between unbounded preceding and current row
        ) as begun_at
    from joined
),

named as (
    select
        *,
        case
            when login_session is not null
                then concat_ws(' ', source_name, node, login_session, epoch_ms(begun_at))
        end as session_key,
        -- sudo and su open sessions inside one, and jobs such as are nobody's.
        not regexp_matches(coalesce(executable, ''), '/(sudo|su|crond?|atd)$') as is_outer
    from begun
)

select
    *,
    -- Who a number is, the session that was opened for it tells; else it stands for itself.
    coalesce(
        login_name,
        min(account) filter (where record_type = 'USER_START' and is_outer) over (
            partition by session_key
        ),
        login_uid
    ) as login_account
from named
