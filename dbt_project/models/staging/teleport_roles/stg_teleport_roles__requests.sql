with source as (
    select * from {{ source('landing_teleport_roles', 'teleport_roles__requests') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        request_id,
        requester,
        approver,
        resource_name,
        permission,
        status,
        reason,
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
