{{ config(materialized='table') }}

with seen as (
    select * from {{ ref('int_entitlements__observed') }}
    where
        engineer_id is not null
        and coalesce(account_kind, 'human') <> 'service'
        and not coalesce(break_glass, false)
),

given as (
    select * from {{ ref('int_entitlements__given') }}
),

uncovered as (
    select seen.*
    from seen
    anti join given
        on seen.engineer_id = given.engineer_id
        and seen.resource_id = given.resource_id
        and given.permission in ('*', seen.permission)
        and seen.observed_at >= given.given_from
        and seen.observed_at < given.given_until
),

dated as (
    select
        uncovered.*,
        count(given.engineer_id) > 0 as is_given_on_shift,
        max(given.shift_ended_at) filter (where given.shift_ended_at <= uncovered.observed_at)
            as shift_ended_at
    from uncovered
    left outer join given
        on uncovered.engineer_id = given.engineer_id
        and uncovered.resource_id = given.resource_id
        and given.permission in ('*', uncovered.permission)
        and given.cause = 'shift'
    group by all
)

select
    engineer_id,
    account,
    system,
    resource_id,
    resource_name,
    permission,
    privileged,
    granted_via,
    granted_by,
    valid_from,
    expires_at,
    last_used_at,
    is_given_on_shift,
    shift_ended_at,
    min(observed_at) as first_uncovered_at,
    max(observed_at) as last_uncovered_at,
    count(*) as snapshots_seen
from dated
group by all
