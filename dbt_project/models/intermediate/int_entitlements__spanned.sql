{{ config(materialized='table') }}

with seen as (
    select * from {{ ref('int_entitlements__seen') }}
),

islands as (
    select
        *,
        ordinal - row_number() over (
            partition by source_name, system, account, resource_name, permission, granted_via
            order by ordinal
        ) as island
    from seen
),

spanned as (
    select
        source_name,
        system,
        account,
        resource_name,
        permission,
        granted_via,
        min(ordinal) as first_ordinal,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at,
        case when min(ordinal) > 1 then min(previous_at) end as absent_at,
        case when count(next_at) = count(*) then max(next_at) end as valid_until,
        min(granted_at) as granted_at,
        min_by(granted_by, ordinal) as granted_by,
        coalesce(bool_or(is_privileged), false) as is_privileged,
        -- What the latest sight of it says of its end counts: a renewal moves the end.
        max_by((expires_at, 0), ordinal)[1] as expires_at,
        max(last_used_at) as last_used_at
    from islands
    group by
        source_name, system, account, resource_name, permission, granted_via, island
),

-- A grant time is believed where no snapshot contradicts it.
dated as (
    select
        * exclude (absent_at, granted_at),
        case
            when granted_at <= first_seen_at and (absent_at is null or granted_at > absent_at)
                then granted_at
            else first_seen_at
        end as valid_from
    from spanned
)

select * from dated
