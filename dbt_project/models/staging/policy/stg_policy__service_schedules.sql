with source as (
    select * from {{ source('policy', 'service_schedules') }}
),

renamed as (
    select
        service,
        schedule,
        is_fallback,
        valid_from,
        valid_until
    from source
)

select * from renamed
