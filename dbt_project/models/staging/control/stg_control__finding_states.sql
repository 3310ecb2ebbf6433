with source as (
    select * from {{ source('control', 'finding_states') }}
),

renamed as (
    select
        finding_id,
        state,
        first_detected_run,
        decided_by,
        decided_at,
        reason,
        expires_at
    from source
)

select * from renamed
