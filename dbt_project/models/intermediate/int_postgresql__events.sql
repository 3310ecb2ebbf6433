with lines as (
    select * from {{ ref('int_postgresql__lines') }}
),

marks as (
    select * from {{ ref('int_postgresql__marks') }}
),

joined as (
    select
        lines.* exclude (account, database_name, session_started_at),
        coalesce(lines.account, marks.login_account) as account,
        coalesce(lines.database_name, marks.login_database) as database_name,
        case
            when lines.class <> 'other'
                then coalesce(lines.server || ':' || lines.session_id, marks.session_key)
        end as session_key,
        coalesce(lines.session_started_at, marks.started_at) as session_started_at,
        case lines.class
            when 'statement'
                then regexp_extract(lines.message, '(?:statement|execute [^:]*): *(?s:(.*))', 1)
            when 'error' then lines.message
        end as statement,
        case when lines.class = 'audit' then {{ audit_parts('lines.message') }} end as audit
    from lines
    left outer join marks on lines.event_id = marks.event_id
),

worded as (
    select
        *,
        case
            when class = 'audit' then {{ statement_words(csv_unquoted("audit['statement']")) }}
            else {{ statement_words('statement') }}
        end as told
    from joined
),

cleaned as (
    select
        *,
        left({{ redacted('told') }}, 500) as shown
    from worded
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    coalesce(resource, database_name) as resource_name,
    cast(null as varchar) as resource_scope,
    case
        when class = 'refused' then 'authentication'
        when class = 'authorized' then 'session_start'
        when class = 'disconnected' then 'session_end'
        else 'action'
    end as kind,
    case
        when class = 'statement'
            then coalesce(lower(nullif(regexp_extract(statement, '^\W*(\w+)', 1), '')), class)
        when class = 'audit' then coalesce(lower(nullif(audit['class'], '')), class)
        when class = 'refused' then 'login'
        when class = 'error' then coalesce(lower(nullif(command_tag, '')), 'statement')
        else class
    end as action,
    case
        when class = 'audit'
            then left(coalesce({{ csv_unquoted("audit['object']") }}, audit['command']), 500)
        else shown
    end as object,
    if(class = 'audit', shown, null) as statement,
    case
        when class = 'other' then 'unknown'
        when sql_state = '42501' or starts_with(message, 'permission denied ') then 'denied'
        when class in ('error', 'refused') then 'failure'
        else 'success'
    end as outcome,
    session_key,
    session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('client_host') }} as source_ip,
    cast(null as boolean) as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from cleaned
