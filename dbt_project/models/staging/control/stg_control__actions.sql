with source as (
    select * from {{ source('control', 'actions') }}
),

renamed as (
    select
        action_id,
        finding_id,
        engineer,
        action,
        reason,
        acted_at,
        run_id,
        subject,
        system,
        account,
        resource_id,
        permission,
        plan_sha256
    from source
)

select * from renamed
