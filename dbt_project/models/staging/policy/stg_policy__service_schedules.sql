with source as (
    select * from {{ source('policy', 'service_schedules') }}
),

renamed as (
    select
        service,
        schedule
    from source
)

select * from renamed
