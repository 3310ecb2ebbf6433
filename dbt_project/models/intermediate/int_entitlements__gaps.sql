with held as (
    select * from {{ ref('int_entitlements__held') }}
    where resource_id is not null and account_kind <> 'service'
),

allowed as (
    select * from {{ ref('int_entitlements__allowed') }}
),

-- The last row of each right stands for the end of its last sight, where cover ends anyhow.
covers as (
    select
        held.entitlement_id,
        held.source_name,
        held.first_seen_at,
        coalesce(allowed.valid_from, timestamp '-infinity') as started_at,
        coalesce(allowed.valid_until, timestamp 'infinity') as ended_at
    from held
    inner join allowed
        on held.engineer_id = allowed.engineer_id
        and held.resource_id = allowed.resource_id
        and allowed.permission in ('*', held.permission)
    union all
    select
        entitlement_id,
        source_name,
        first_seen_at,
        last_seen_at + interval '1 microsecond' as started_at,
        timestamp 'infinity' as ended_at
    from held
),

-- Each cover ends the gap since all the covers before it; greatest() passes over their lack.
gaps as (
    select
        entitlement_id,
        source_name,
        greatest(
            first_seen_at,
            max(ended_at) over (
                partition by entitlement_id
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            )
        ) as started_at,
        started_at as ended_at
    from covers
)

select * from gaps
where started_at < ended_at
