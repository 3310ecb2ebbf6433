with spans as (
    select * from {{ ref('int_digests__spanned') }}
),

missing as (
    select * from {{ ref('int_digests__missing') }}
),

contents as (
    select * from {{ ref('int_contents__named') }}
),

chains as (
    select
        source_name,
        count(distinct chain) as chains
    from spans
    group by source_name
),

-- An account or region without digests may have had records that nothing tells of.
unvouched as (
    select distinct contents.source_name
    from contents
    anti join spans
        on contents.source_name = spans.source_name
        and contents.trail = spans.trail
    where contents.trail is not null
),

-- A digest tells of deliveries, and what happened in an hour may be delivered some time after it.
hours as (
    select
        source_name,
        chain,
        unnest(
            range(
                date_trunc('hour', started_at - interval '1 microsecond') + interval '1 hour',
                ended_at - interval '{{ var("digest_lag_hours") }} hours 59 minutes 59 seconds',
                interval '1 hour'
            )
        ) as hour_start
    from spans
),

proven as (
    select
        hours.source_name,
        hours.hour_start
    from hours
    inner join chains on hours.source_name = chains.source_name
    anti join unvouched on hours.source_name = unvouched.source_name
    anti join missing
        on hours.source_name = missing.source_name
        and hours.hour_start < coalesce(missing.newest_at, missing.ended_at)
        and hours.hour_start + interval '1 hour' > coalesce(missing.oldest_at, missing.started_at)
    group by hours.source_name, hours.hour_start, chains.chains
    having count(distinct hours.chain) = chains.chains
)

select * from proven
