with lines as (
    select * from {{ ref('int_sshd__lines') }}
),

ties as (
    select * from {{ ref('int_sshd__ties') }}
),

attempts as (
    select * from {{ ref('int_sshd__attempts') }}
),

joined as (
    select
        lines.*,
        ties.session_key,
        ties.started_at as session_started_at,
        lines.class in ('accepted', 'failed') or attempts.event_id is not null as is_login,
        case
            when lines.class = 'sudo' then {{ sudo_command('lines.line') }}
            when lines.class = 'su' then regexp_extract(lines.line, '(?:\(to |for )([^\s)]+)', 1)
            when lines.class = 'other' and not starts_with(lines.program, 'sshd') then lines.line
            else lines.detail
        end as object,
        if(lines.class = 'accepted', {{ key_parts('lines.line') }}, null) as key
    from lines
    -- By time as well: of a few days are only the commands of these then looked at.
    left outer join ties
        on lines.event_id = ties.event_id and lines.occurred_at = ties.occurred_at
    left outer join attempts on lines.event_id = attempts.event_id
),

keyed as (
    select
        *,
        key['type'] as key_type,
        nullif(key['fingerprint'], '') as fingerprint,
        nullif(key['certificate'], '') as certificate
    from joined
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    nullif(host, '') as resource_name,
    cast(null as varchar) as resource_scope,
    case
        -- The other lines of an attempt tell of it again: no log-in more, and no action either.
        when is_login or class in ('invalid', 'unfinished', 'barred') then 'authentication'
        when class = 'opened' then 'session_start'
        when class = 'closed' then 'session_end'
        else 'action'
    end as kind,
    case
        when is_login then 'ssh_login'
        when class = 'opened' then 'session_opened'
        when class = 'closed' then 'session_closed'
        when class in ('sudo', 'su', 'subsystem') then class
        else coalesce(program, 'unknown')
    end as action,
    left({{ redacted('object') }}, 500) as object,
    cast(null as varchar) as statement,
    case
        when class in ('accepted', 'opened', 'closed', 'subsystem') then 'success'
        when is_login then 'failure'
        when class = 'sudo' then {{ sudo_outcome('line') }}
        when class = 'su' then if(starts_with(line, 'FAILED'), 'failure', 'success')
        else 'unknown'
    end as outcome,
    session_key,
    session_started_at,
    cast(null as timestamp) as session_ended_at,
    source_ip,
    -- A key in hardware asks for a touch; what else the server asked for stands in no line.
    case when key_type like '%-SK' or key_type like '%-SK-CERT' then true end as mfa,
    -- The key of a certificate may be new every day: the name its authority gave it stays.
    case when key_type like '%-CERT' then coalesce(certificate, fingerprint) else fingerprint end
        as device_id,
    repeated,
    raw_file,
    raw_line
from keyed
