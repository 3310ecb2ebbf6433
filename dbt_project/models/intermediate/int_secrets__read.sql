with actions as (
    select * from {{ ref('int_actions__sessioned') }}
    where class = 'secret_read' and not is_program and account is not null
),

uncovered as (
    select * from {{ ref('int_sessions__checked') }}
),

-- A secret's ARN ends in six letters of chance: by it and by its name it is the same. Those of a
-- cluster are called by their namespace, and a list of them is told as one.
named as (
    select
        *,
        coalesce(
            case
                when action in ('get secrets', 'list secrets', 'watch secrets')
                    then concat_ws(
                        '/',
                        resource_name,
                        coalesce(nullif(regexp_replace(told, '(^| )as .*$', ''), ''), '*')
                    )
            end,
            nullif(regexp_extract(told, '\bvault\s+(?:kv\s+get|read)\s+(?:-\S+\s+)*(\S+)', 1), ''),
            nullif(regexp_extract(resource_name, '^arn:.*:secret:(.*)-\w{6}$', 1), ''),
            resource_name
        ) as secret
    from actions
),

read as (
    select
        named.*,
        uncovered.session_id is not null as is_outside,
        uncovered.checked_words,
        list(distinct named.secret) over recent as recent_secrets,
        len(recent_secrets) as recent_count,
        min(named.occurred_at) over recent as recent_since
    from named
    left outer join uncovered on named.session_id = uncovered.session_id
    window recent as (
        partition by named.system, coalesce(named.engineer_id, named.account)
        order by named.occurred_at
        range between interval '{{ var("secret_minutes") }} minutes' preceding and current row
    )
)

select
    event_id,
    event_day,
    occurred_at,
    system,
    account,
    resource_name,
    session_id,
    raw_file,
    raw_line,
    engineer_id,
    resource_id,
    service,
    who_acted,
    secret,
    is_outside,
    checked_words,
    recent_secrets,
    recent_count,
    recent_since
from read
