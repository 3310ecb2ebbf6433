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
        run_id
    from source
)

select * from renamed
