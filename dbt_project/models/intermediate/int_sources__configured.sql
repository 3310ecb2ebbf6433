with sources as (
    select * from {{ ref('stg_control__sources') }}
),

configured as (
    select
        source_name,
        type,
        kind,
        system,
        silent_hours
    from sources
)

select * from configured
