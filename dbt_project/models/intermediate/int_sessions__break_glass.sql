with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

names as (
    select * from {{ ref('stg_policy__break_glass') }}
),

rights as (
    select * from {{ ref('int_permissions__break_glass') }}
),

by_account as (
    select
        sessions.session_id,
        sessions.account as entitlement
    from sessions
    semi join names
        on sessions.system glob names.system_glob
        and sessions.account glob names.name_glob
        and {{ is_valid_at('names', 'sessions.started_at') }}
),

ways_in as (
    select
        sessions.session_id,
        held.permission,
        rights.permission is not null as break_glass
    from sessions
    inner join held
        on sessions.system = held.system
        and {{ account_key('sessions.account') }} = {{ account_key('held.account') }}
        and (held.resource_id is null or sessions.resource_id = held.resource_id)
        and sessions.started_at >= held.valid_from
        and sessions.started_at < coalesce(held.valid_until, timestamp 'infinity')
    left outer join rights
        on held.system = rights.system
        and held.permission = rights.permission
        and held.account = rights.account
        and {{ is_valid_at('rights', 'sessions.started_at') }}
),

-- Someone who also holds an ordinary right there may not have used the break-glass one.
by_entitlement as (
    select
        session_id,
        min(permission) as entitlement
    from ways_in
    group by session_id
    having bool_and(break_glass)
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
    coalesce(by_account.entitlement, by_entitlement.entitlement) as entitlement
from sessions
left outer join by_account on sessions.session_id = by_account.session_id
left outer join by_entitlement on sessions.session_id = by_entitlement.session_id
where
    coalesce(by_account.session_id, by_entitlement.session_id) is not null
    and {{ is_access('sessions') }}
