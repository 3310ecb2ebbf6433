with principals as (
    select * from {{ ref('int_aws_cloudtrail__principals') }}
),

parted as (
    select
        *,
        split_part(event_source, '.', 1) as service,
        event_source = 'ssm.amazonaws.com'
        and event_name in ('StartSession', 'ResumeSession', 'TerminateSession') as is_shell,
        try(from_json(request_parameters, {{ target_shape() }})) as asked
    from principals
),

keyed as (
    select
        *,
        {{ target_of('asked') | indent(8) }} as resource_name,
        if(is_shell, coalesce(response_session_id, asked['sessionId']), null) as session_key,
        -- A console login has no error code: only its result tells.
        case
            when event_name = 'ConsoleLogin' and login_result is not null
                then if(login_result = 'Success', 'success', 'failure')
            when event_name = 'CheckMfa' then 'unknown'
            when event_name = 'ConsoleLogin' and error_message is not null then 'failure'
            when error_code is null then 'success'
            when regexp_matches(error_code, 'AccessDenied|Unauthorized|NotAuthorized|Forbidden')
                then 'denied'
            else 'failure'
        end as outcome,
        if(event_name = 'ConsoleLogin', mfa_used = 'Yes', mfa_authenticated = 'true') as has_factor
    from parted
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    resource_name,
    coalesce(recipient_account_id, identity_account_id) as resource_scope,
    case
        when event_name = 'ConsoleLogin' then 'authentication'
        when event_name = 'StartSession' and session_key is not null then 'session_start'
        when is_shell and event_name = 'TerminateSession' and outcome = 'success'
            then 'session_end'
        else 'action'
    end as kind,
    coalesce(service || ':', '') || event_name as action,
    resource_name as object,
    cast(null as varchar) as statement,
    outcome,
    session_key,
    -- The credential of a console session is issued at the second of its ConsoleLogin.
    case
        when session_key is not null then null
        when event_name = 'ConsoleLogin' then coalesce(session_created_at, occurred_at)
        else session_created_at
    end as session_started_at,
    cast(null as timestamp) as session_ended_at,
    {{ valid_ip('source_ip') }} as source_ip,
    -- Of a federated login the trail says "No" always: its provider alone knows the second factor.
    case
        when outcome = 'success' and (has_factor or identity_type in ('IAMUser', 'Root'))
            then has_factor
    end as mfa,
    cast(null as varchar) as device_id,
    1 as repeated,
    raw_file,
    raw_line
from keyed
