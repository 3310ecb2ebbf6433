with source as (
    select * from {{ source('policy', 'service_schedules') }}
),

renamed as (
    select
        service,
        schedule,
        valid_from,
        valid_until
    from source
)

select * from renamed
