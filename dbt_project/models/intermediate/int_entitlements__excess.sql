with gaps as (
    select * from {{ ref('int_entitlements__gaps') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'permissions'
),

seen as (
    select
        gaps.entitlement_id,
        gaps.started_at,
        min(snapshots.observed_at) as observed_at,
        max(snapshots.observed_at) as last_observed_at,
        min(snapshots.ordinal) as first_ordinal,
        max(snapshots.ordinal) as last_ordinal
    from gaps
    inner join snapshots
        on gaps.source_name = snapshots.source_name
        and gaps.started_at <= snapshots.observed_at
        and gaps.ended_at > snapshots.observed_at
    group by gaps.entitlement_id, gaps.started_at
),

-- What was allowed between two snapshots only, no snapshot shows as allowed.
marked as (
    select
        *,
        coalesce(
            first_ordinal > lag(last_ordinal) over (
                partition by entitlement_id order by first_ordinal
            ) + 1,
            true
        ) as is_new
    from seen
),

numbered as (
    select
        *,
        sum(is_new::integer) over (
            partition by entitlement_id order by first_ordinal
        ) as stretch
    from marked
),

excess as (
    select
        entitlement_id,
        min(observed_at) as observed_at,
        max(last_observed_at) as last_observed_at
    from numbered
    group by entitlement_id, stretch
)

select * from excess
