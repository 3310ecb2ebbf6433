with source as (
    select * from {{ source('control', 'run_metrics') }}
),

renamed as (
    select
        run_id,
        stage,
        source_name,
        state,
        seconds,
        rows,
        records,
        landed,
        duplicates,
        ignored,
        quarantined,
        newest_at,
        lateness_seconds
    from source
)

select * from renamed
