with source as (
    select * from {{ source('landing_aws_cloudtrail', 'aws_cloudtrail__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        event_id as native_event_id,
        source_name,
        system,
        event_source,
        event_name,
        event_type,
        event_category,
        aws_region,
        recipient_account_id,
        identity_type,
        principal_id,
        arn,
        user_name,
        identity_account_id,
        issuer_user_name,
        issuer_arn,
        mfa_authenticated,
        invoked_by,
        access_key_id,
        source_ip,
        user_agent,
        error_code,
        error_message,
        read_only,
        login_result,
        mfa_used,
        response_session_id,
        request_parameters,
        resources,
        occurred_at,
        session_created_at
    from source
)

select * from renamed
