with heard as (
    select * from {{ ref('int_coverage__heard') }}
),

retired as (
    select * from {{ ref('stg_control__retired_days') }}
),

removed as (
    select
        source_name,
        unnest(
            range(
                cast(day as timestamp),
                cast(day as timestamp) + interval '1 day',
                interval '1 hour'
            )
        ) as hour_start
    from retired
),

-- What is no longer kept was no silence, for the hours beside it neither.
known as (
    select
        heard.source_name,
        heard.hour_start,
        heard.records,
        heard.first_at,
        heard.last_at
    from heard
    anti join removed
        on heard.source_name = removed.source_name
        and heard.hour_start = removed.hour_start
    union all
    select
        source_name,
        hour_start,
        0 as records,
        hour_start as first_at,
        hour_start + interval '1 hour' as last_at
    from removed
)

select * from known
