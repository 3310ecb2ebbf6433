with listed as (
    select * from {{ ref('int_accounts__listed') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'directory'
),

seen as (
    select
        listed.*,
        snapshots.ordinal,
        snapshots.previous_at,
        snapshots.next_at,
        snapshots.ordinal - row_number() over (
            partition by
                listed.source_name, listed.system, listed.account, listed.engineer_id, listed.kind
            order by snapshots.ordinal
        ) as island,
        min(snapshots.ordinal) over (
            partition by listed.source_name, listed.engineer_id
        ) as holder_ordinal
    from listed
    inner join snapshots
        on listed.source_name = snapshots.source_name
        and listed.observed_at = snapshots.observed_at
),

spanned as (
    select
        source_name,
        system,
        account,
        engineer_id,
        kind,
        min(ordinal) as first_ordinal,
        min(observed_at) as first_seen_at,
        min(previous_at) as previous_at,
        case when count(next_at) = count(*) then max(next_at) end as removed_at,
        min(holder_ordinal) as holder_ordinal
    from seen
    group by source_name, system, account, engineer_id, kind, island
)

select * from spanned
