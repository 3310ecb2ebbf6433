with source as (
    select * from {{ source('policy', 'service_hours') }}
),

renamed as (
    select
        service,
        weekday,
        start_minute,
        end_minute,
        time_zone,
        valid_from,
        valid_until
    from source
)

select * from renamed
