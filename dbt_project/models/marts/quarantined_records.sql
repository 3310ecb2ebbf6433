with quarantined as (
    select * from {{ ref('stg_control__quarantined') }}
),

published as (
    select
        batch_id,
        source_name,
        table_name,
        path,
        line::bigint as line,
        reason
    from quarantined
)

select * from published
