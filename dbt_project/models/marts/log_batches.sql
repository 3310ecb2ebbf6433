with batches as (
    select * from {{ ref('stg_control__batches') }}
),

published as (
    select
        batch_id,
        source_name,
        table_name,
        path,
        sha256,
        bytes::bigint as bytes,
        records::bigint as records,
        landed::bigint as landed,
        duplicates::bigint as duplicates,
        ignored::bigint as ignored,
        quarantined::bigint as quarantined,
        received_at
    from batches
)

select * from published
