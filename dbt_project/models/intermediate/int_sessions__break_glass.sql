with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
entered as (
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
        entered.*,
        entered.account as entitlement
    from entered
    semi join names
        on entered.system glob names.system_glob
        and entered.account glob names.name_glob
        and {{ is_valid_at('names', 'entered.started_at') }}
),

-- Few hold any such right: nobody else's sessions are asked how they got in.
holders as (
    select distinct
        system,
        {{ account_key('account') }} as account
    from rights
),

watched as (
    select sessions.*
    from sessions
    semi join holders
        on sessions.system = holders.system
        and {{ account_key('sessions.account') }} = holders.account
),

ways_in as (
    select
        watched.session_id,
        held.permission,
        rights.permission is not null as break_glass
    from watched
    inner join held
        on watched.system = held.system
        and {{ account_key('watched.account') }} = {{ account_key('held.account') }}
        and (held.resource_id is null or watched.resource_id = held.resource_id)
        and watched.started_at >= held.valid_from
        and watched.started_at < coalesce(held.valid_until, timestamp 'infinity')
    left outer join rights
        on held.system = rights.system
        and held.permission = rights.permission
        and held.account = rights.account
        and {{ is_valid_at('rights', 'watched.started_at') }}
),

-- Someone who also holds an ordinary right there may not have used the break-glass one.
by_entitlement as (
    select
        session_id,
        min(permission) as entitlement
    from ways_in
    group by session_id
    having bool_and(break_glass)
),

used as (
    select * from by_account
    union all
    select
        watched.*,
        by_entitlement.entitlement
    from watched
    inner join by_entitlement on watched.session_id = by_entitlement.session_id
    anti join by_account on watched.session_id = by_account.session_id
)

select
    session_id,
    engineer_id,
    account,
    system,
    resource_id,
    resource_name,
    service,
    started_at,
    ended_at,
    request_id,
    raw_file,
    raw_line,
    entitlement
from used
where {{ is_access('used') }}
