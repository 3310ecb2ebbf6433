with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

names as (
    select * from {{ ref('stg_policy__break_glass') }}
),

by_account as (
    select
        sessions.session_id,
        sessions.account as entitlement
    from sessions
    inner join names
        on sessions.system glob names.system_glob
        and sessions.account glob names.name_glob
),

ways_in as (
    select
        sessions.session_id,
        held.permission,
        held.break_glass
    from sessions
    inner join held
        on sessions.system = held.system
        and {{ account_key('sessions.account') }} = {{ account_key('held.account') }}
        and (held.resource_id is null or sessions.resource_id = held.resource_id)
        and sessions.started_at >= held.valid_from
        and sessions.started_at < coalesce(held.valid_until, timestamp 'infinity')
),

-- Someone who also holds an ordinary right there may not have used the break-glass one.
by_entitlement as (
    select
        session_id,
        min(permission) as entitlement
    from ways_in
    group by session_id
    having bool_and(coalesce(break_glass, false))
),

used as (
    select * from by_account
    union all
    select * from by_entitlement
),

break_glass as (
    select
        session_id,
        min(entitlement) as entitlement
    from used
    group by session_id
)

select
    sessions.session_id,
    sessions.engineer_id,
    sessions.account,
    sessions.system,
    sessions.resource_id,
    sessions.resource_name,
    sessions.service,
    sessions.started_at,
    sessions.ended_at,
    sessions.request_id,
    sessions.raw_file,
    sessions.raw_line,
    break_glass.entitlement
from sessions
inner join break_glass on sessions.session_id = break_glass.session_id
where {{ is_access('sessions') }}
