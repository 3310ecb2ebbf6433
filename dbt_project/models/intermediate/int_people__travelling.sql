with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'directory'
),

declared as (
    select
        source_name,
        observed_at,
        engineer_id,
        unnest(
            from_json(
                try_cast(travel as json),
                '[{"country": "VARCHAR", "from": "DATE", "until": "DATE"}]'
            )
        ) as trip
    from directory
    where engineer_id is not null and travel is not null
),

-- A day is a day wherever on earth it is that date.
spanned as (
    select
        source_name,
        observed_at,
        engineer_id,
        trip['country'] as country,
        trip['from'] - interval '14 hours' as started_at,
        trip['until'] + interval '36 hours' as ended_at
    from declared
),

-- A trip counts from the snapshot before the first that tells of it, until one no longer does:
-- what is declared afterwards excuses nothing.
travelling as (
    select distinct
        spanned.engineer_id,
        spanned.country,
        greatest(
            spanned.started_at, coalesce(snapshots.previous_at, timestamp '-infinity')
        ) as started_at,
        least(spanned.ended_at, coalesce(snapshots.next_at, timestamp 'infinity')) as ended_at
    from spanned
    inner join snapshots
        on spanned.source_name = snapshots.source_name
        and spanned.observed_at = snapshots.observed_at
)

select * from travelling
where started_at < ended_at
