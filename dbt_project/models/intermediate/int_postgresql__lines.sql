{%- set authorized =
    "'user=(.*?)(?: database=(.*?))?(?: application_name=.*| SSL .*| GSS .*| \\(.*)?$'" -%}
{%- set refused = "'(?:for user |role |user )\"(.*?)\"(?:, database \"(.*?)\")?'" -%}
with records as (
    select * from {{ ref('stg_postgresql__records') }}
),

classified as (
    select
        *,
        case
            when
                severity = 'FATAL'
                and (
                    sql_state in ('28P01', '28000')
                    or contains(message, 'authentication failed for user ')
                    or starts_with(message, 'no pg_hba.conf entry for ')
                    or regexp_matches(message, '^role ".*" does not exist')
                ) then 'refused'
            when severity in ('FATAL', 'ERROR', 'PANIC') then 'error'
            -- The lines below an error repeat what the client sent, whatever it looks like.
            when severity not in ('LOG', 'INFO', 'NOTICE', 'WARNING') then 'other'
            when regexp_matches(message, '^(replication )?connection authorized: ')
                then 'authorized'
            when starts_with(message, 'disconnection: session time: ') then 'disconnected'
            when starts_with(message, 'AUDIT: ') then 'audit'
            when
                regexp_matches(
                    message, '^(duration: [0-9.]+ ms +)?(statement|execute [^:]*): '
                ) then 'statement'
            else 'other'
        end as class
    from records
),

-- The prefix of the line may name nobody; these messages do.
told as (
    select
        *,
        case class
            when 'authorized'
                then regexp_extract(message, {{ authorized }}, ['account', 'database'])
            when 'disconnected'
                then
                    regexp_extract(
                        message, ' user=(.*) database=(.*) host=.*$', ['account', 'database']
                    )
            when 'refused'
                then regexp_extract(message, {{ refused }}, ['account', 'database'])
        end as named
    from classified
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    coalesce(resource, source_name) as server,
    resource,
    process_id,
    session_id,
    session_started_at,
    coalesce(user_name, nullif(named['account'], '')) as account,
    coalesce(database_name, nullif(named['database'], '')) as database_name,
    -- `::1:42304` is an address and a port: five digits are no part of an address.
    regexp_replace(connection_from, ':[0-9]{5}$', '') as client_host,
    class,
    message,
    sql_state,
    command_tag,
    case
        when class = 'disconnected'
            then
                occurred_at
                - try_cast(regexp_extract(message, 'session time: ([0-9:.]+) ', 1) as interval)
    end as disconnected_since,
    raw_file,
    raw_line
from told
