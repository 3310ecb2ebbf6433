with actions as (
    select * from {{ ref('stg_control__actions') }}
),

published as (
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
    from actions
)

select * from published
