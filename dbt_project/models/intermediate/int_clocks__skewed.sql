{{ config(materialized='table') }}

with paired as (
    select * from {{ ref('int_clocks__paired') }}
),

judged as (
    select
        *,
        case
            when abs(offset_seconds) > {{ var('clock_skew_seconds') }} then sign(offset_seconds)
            else 0
        end as direction
    from paired
),

-- A clock that was set right, or one pair between others that agree, ends the run.
numbered as (
    select
        *,
        row_number() over (
            partition by system, host, reference_system order by started_at, session_id
        ) - row_number() over (
            partition by system, host, reference_system, direction order by started_at, session_id
        ) as run
    from judged
),

skewed as (
    select
        system,
        host,
        min(resource_name) as resource_name,
        min(resource_id) as resource_id,
        min(service) as service,
        reference_system,
        min(started_at) as started_at,
        max(started_at) as ended_at,
        count(*) as pairs,
        median(offset_seconds) as offset_seconds,
        arg_min(raw_file, (started_at, session_id)) as raw_file,
        arg_min(raw_line, (started_at, session_id)) as raw_line
    from numbered
    where direction <> 0
    group by system, host, reference_system, direction, run
    having count(*) >= {{ var('clock_skew_pairs') }}
)

select * from skewed
