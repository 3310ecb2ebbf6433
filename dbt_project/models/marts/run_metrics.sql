with measured as (
    select * from {{ ref('stg_control__run_metrics') }}
),

published as (
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
    from measured
)

select * from published
