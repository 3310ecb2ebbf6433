with known as (
    select * from {{ ref('int_services__known') }}
),

hours as (
    select * from {{ ref('int_services__hours') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

-- What is still to come may still be filled.
required as (
    select
        known.service,
        greatest(known.started_at, hours.started_at) as started_at,
        least(known.ended_at, hours.ended_at, run.until) as ended_at
    from known
    inner join hours
        on known.service = hours.service
        and known.started_at < hours.ended_at
        and known.ended_at > hours.started_at
    cross join run
    where greatest(known.started_at, hours.started_at) < run.until
)

select * from required
