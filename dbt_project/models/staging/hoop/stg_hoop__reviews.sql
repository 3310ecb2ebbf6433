with source as (
    select * from {{ source('landing_hoop', 'hoop__reviews') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        review_id,
        review_type,
        status,
        requester,
        approver,
        connection,
        session_id,
        reviews,
        requested_at,
        started_at,
        ended_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
