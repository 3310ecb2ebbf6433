with events as (
    select * from {{ ref('stg_generic__events') }}
),

worded as (
    select
        * exclude (outcome),
        lower(trim(outcome)) as word,
        lower(trim(session_mark)) as mark
    from events
),

-- A log without outcomes records what was done.
judged as (
    select
        *,
        case
            when coalesce(word, '') = '' then 'success'
            when
                word in (
                    'success', 'succeeded', 'successful', 'ok', 'true', 'yes', '0', 'allow',
                    'allowed', 'accepted', 'granted', 'approved', 'pass', 'passed', 'completed'
                )
                or regexp_full_match(word, '2[0-9][0-9]') then 'success'
            when
                word in (
                    'denied', 'deny', 'forbidden', 'unauthorized', 'rejected', 'refused', 'blocked',
                    '401', '403'
                ) then 'denied'
            when
                word in (
                    'failure', 'failed', 'fail', 'error', 'false', 'no', 'invalid', 'timeout',
                    'aborted'
                )
                or regexp_full_match(word, '[45][0-9][0-9]') then 'failure'
            else 'unknown'
        end as outcome
    from worded
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    resource_name,
    cast(null as varchar) as resource_scope,
    case
        when mark = 'end' then 'session_end'
        -- A session that was refused never began.
        when mark = 'start' and outcome not in ('failure', 'denied') then 'session_start'
        when mark = 'start' then 'authentication'
        when
            regexp_full_match(
                lower(action), '(user[._ ])?(log[ _-]?(in|on)|sign[ _-]?in|authenticat(e|ion))'
            )
            then 'authentication'
        else 'action'
    end as kind,
    action,
    left({{ redacted('object') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    case
        when lower(trim(mfa)) in ('true', 't', 'yes', 'y', '1', 'success', 'passed') then true
        when lower(trim(mfa)) in ('false', 'f', 'no', 'n', '0', 'none', 'failure', 'failed')
            then false
    end as mfa,
    device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
