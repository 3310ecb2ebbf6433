with messages as (
    select * from {{ ref('stg_sshd__messages') }}
),

-- Syslog and PAM fold equal lines: one line may stand for many.
unfolded as (
    select
        *,
        starts_with(program, 'sshd') or program = 'login' as is_login_program,
        case
            when starts_with(message, 'message repeated ')
                then regexp_extract(message, '^message repeated \d+ times: \[ ?(.*?) ?\]?$', 1)
            when starts_with(message, 'pam_')
                then regexp_replace(message, '^pam_\w+(?:\([^)]*\))?: ', '')
            when starts_with(message, ' ') then ltrim(message)
            else message
        end as line,
        case
            when starts_with(message, 'message repeated ')
                then regexp_extract(message, '^message repeated (\d+) times', 1)
            when starts_with(message, 'PAM ')
                then regexp_extract(message, '^PAM (\d+) more authentication failure', 1)
            when program = 'sudo'
                then regexp_extract(message, ' : (\d+) incorrect password attempt', 1)
        end as folded
    from messages
),

classified as (
    select
        *,
        case
            when contains(line, 'authentication failure') then 'pam'
            when program = 'sudo' and contains(line, 'COMMAND=') then 'sudo'
            when
                program in ('su', 'su-l')
                and regexp_matches(line, '^((FAILED |Successful )?[sS][uU] )?(\(to|for) ') then 'su'
            when not is_login_program then 'other'
            when starts_with(line, 'Failed ') then 'failed'
            when starts_with(line, 'Accepted ') then 'accepted'
            when regexp_matches(line, '^(Invalid|Illegal) user ') then 'invalid'
            when contains(line, ' authenticating user ') and not starts_with(line, 'Disconnecting')
                then 'unfinished'
            when starts_with(line, 'User ') and contains(line, ' not allowed because ')
                then 'barred'
            when starts_with(line, 'session opened for user ') then 'opened'
            when starts_with(line, 'session closed for user ') then 'closed'
            when starts_with(line, 'Disconnected from user ') then 'left'
            when starts_with(line, 'subsystem request for ') then 'subsystem'
            else 'other'
        end as class
    from unfolded
),

parted as (
    select
        *,
        {{ line_parts() }} as parts
    from classified
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    host,
    pid,
    program,
    class,
    line,
    nullif(parts['detail'], '') as detail,
    nullif(parts['account'], '') as account,
    {{ valid_ip("parts['address']") }} as source_ip,
    greatest(coalesce(try_cast(folded as integer), 1), 1) as repeated,
    raw_file,
    raw_line
from parted
