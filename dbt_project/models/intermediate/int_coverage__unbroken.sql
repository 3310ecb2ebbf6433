with hours as (
    select * from {{ ref('int_coverage__hours') }}
),

gaps as (
    select * from {{ ref('int_coverage__gaps') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
    where kind = 'logs'
),

begun as (
    select
        source_name,
        min(hour_start) as observed_since
    from hours
    where state not in ('blind', 'removed')
    group by source_name
    union all
    -- A day kept for a finding, before others that are gone, is no history to compare with.
    select
        source_name,
        max(hour_start) + interval '1 hour' as observed_since
    from hours
    where state = 'removed'
    group by source_name
    union all
    select
        source_name,
        max(ended_at) as observed_since
    from gaps
    where blind_hours >= 24
    group by source_name
),

-- A system is as well known as the least known of its logs.
unbroken as (
    select
        sources.system,
        case
            when bool_and(begun.source_name is not null) then max(begun.observed_since)
        end as logged_since
    from sources
    left outer join begun on sources.source_name = begun.source_name
    group by sources.system
)

select * from unbroken
