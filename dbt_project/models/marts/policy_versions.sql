with versions as (
    select * from {{ ref('stg_control__policy_versions') }}
),

published as (
    select
        policy_sha256,
        valid_from,
        valid_until,
        recorded_at,
        first_run,
        is_declared
    from versions
)

select * from published
