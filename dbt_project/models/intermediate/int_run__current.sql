with run as (
    select * from {{ ref('stg_control__run') }}
),

current_run as (
    select
        run_id,
        since,
        until
    from run
)

select * from current_run
