with records as (
    select * from {{ ref('stg_azure__records') }}
),

classed as (
    select
        *,
        coalesce(category like '%SignInLogs', operation = 'Sign-in activity') as is_login,
        lower(result_type) in ('start', 'started', 'accept', 'accepted') as is_underway
    from records
),

-- A call to Azure is told when it begins, is accepted and ends: its end tells most.
called as (
    select *
    from classed
    qualify
        is_login
        or correlation_id is null
        or row_number() over (
            partition by source_name, correlation_id, operation, lower(resource_id), target
            order by is_underway asc nulls first, occurred_at desc, event_id asc
        ) = 1
),

judged as (
    select
        *,
        case
            -- Asked to stay signed in or for another factor, nobody has failed yet.
            when is_login and error_code in (50140, 50074, 50076, 50079, 50072) then 'unknown'
            when is_login and error_code = 53003 then 'denied'
            when is_login and error_code = 0 then 'success'
            when is_login and error_code is null then 'unknown'
            when is_login then 'failure'
            when is_underway then 'unknown'
            when lower(result_type) in ('success', 'succeeded', '0') then 'success'
            when lower(result_text) like '%authorizationfailed%' then 'denied'
            when result_type is null then 'unknown'
            else 'failure'
        end as outcome
    from called
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    coalesce(user_principal_name, service_principal) as account,
    case when not is_login then lower(resource_id) end as resource_name,
    -- Who signs in has reached nothing behind it yet.
    case
        when not is_login
            then coalesce(
                nullif(regexp_extract(lower(resource_id), '^/(subscriptions/[^/]+)', 1), ''),
                'directory'
            )
    end as resource_scope,
    case when is_login then 'authentication' else 'action' end as kind,
    operation as action,
    left({{ redacted('coalesce(target, application)') }}, 500) as object,
    cast(null as varchar) as statement,
    outcome,
    cast(null as varchar) as session_key,
    cast(null as timestamp) as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    case
        when is_login and outcome = 'success' and factors = 'multiFactorAuthentication' then true
    end as mfa,
    device_id,
    1 as repeated,
    raw_file,
    raw_line
from judged
