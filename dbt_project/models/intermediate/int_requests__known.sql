with sources as (
    select * from {{ ref('int_sources__configured') }}
    where kind = 'requests'
),

extracted as (
    select * from {{ ref('int_coverage__extracted') }}
),

read_until as (
    select
        sources.source_name,
        max(extracted.until) as known_until
    from sources
    left outer join extracted on sources.source_name = extracted.source_name
    group by sources.source_name
),

-- Without any source of requests, or while one of them was never read, nothing is known to lack.
known as (
    select
        case
            when count(*) > 0 and count(known_until) = count(*) then min(known_until)
        end as known_until
    from read_until
)

select * from known
