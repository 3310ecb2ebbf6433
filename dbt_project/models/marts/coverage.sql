with hours as (
    select * from {{ ref('int_coverage__hours') }}
),

published as (
    select
        source_name,
        hour_start,
        state,
        records::bigint as records
    from hours
)

select * from published
