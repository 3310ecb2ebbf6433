with source as (
    select * from {{ source('landing_hoop', 'hoop__sessions') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        session_id,
        user_email,
        identity_type,
        connection,
        connection_type,
        resource_name,
        verb,
        status,
        script,
        exit_code,
        guardrail,
        review_id,
        review_status,
        approved_at,
        ended_at,
        occurred_at
    from source
)

select * from renamed
