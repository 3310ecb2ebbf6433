with events as (
    select * from {{ ref('stg_aws_cloudtrail__events') }}
),

parted as (
    select
        *,
        -- The console calls for the person who clicks; every other service calls for itself.
        nullif(invoked_by, 'signin.amazonaws.com') as calling_service,
        nullif(split_part(arn, '/', -1), '') as arn_name,
        case
            when identity_type = 'AssumedRole'
                then coalesce(nullif(split_part(arn, '/', 2), ''), issuer_user_name)
        end as role_name,
        case
            when identity_type = 'AssumedRole'
                then
                    coalesce(
                        nullif(split_part(arn, '/', 3), ''),
                        nullif(split_part(principal_id, ':', 2), '')
                    )
        end as session_name
    from events
),

-- The person behind an Identity Center role is the name of its session. Any other role is an
-- account of its own for each session name: a directory may list it, a glob may match it.
named as (
    select
        *,
        case
            when calling_service is not null then calling_service
            when identity_type = 'AssumedRole' and starts_with(role_name, 'AWSReservedSSO_')
                then coalesce(session_name, 'assumed-role/' || role_name)
            when identity_type = 'AssumedRole'
                then
                    coalesce(
                        'assumed-role/' || role_name || coalesce('/' || session_name, ''),
                        principal_id
                    )
            when identity_type = 'Root' then 'root'
            when identity_type = 'FederatedUser'
                then coalesce(nullif(split_part(principal_id, ':', 2), ''), arn_name)
            when identity_type = 'AWSService' then coalesce(event_source, 'aws')
            else coalesce(user_name, arn_name, principal_id, identity_account_id)
        end as account
    from parted
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    event_source,
    event_name,
    recipient_account_id,
    identity_account_id,
    session_created_at,
    source_ip,
    error_code,
    error_message,
    login_result,
    mfa_used,
    mfa_authenticated,
    identity_type,
    response_session_id,
    request_parameters,
    raw_file,
    raw_line
from named
