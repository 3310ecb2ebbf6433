with identities as (
    select * from {{ ref('int_identities__resolved') }}
),

names as (
    select * from {{ ref('int_names__seen') }}
),

held as (
    select * from {{ ref('int_entitlements__held') }}
),

service_accounts as (
    select * from {{ ref('stg_policy__service_accounts') }}
    where valid_until is null
),

accounts as (
    select
        system,
        {{ account_key('account') }} as account
    from names
    union
    select
        system,
        {{ account_key('account') }} as account
    from held
),

unnamed as (
    select accounts.*
    from accounts
    anti join identities
        on accounts.system = identities.system
        and accounts.account = identities.account
    where accounts.account is not null
),

serving as (
    select unnamed.*
    from unnamed
    semi join service_accounts
        on unnamed.system glob service_accounts.system_glob
        and unnamed.account glob service_accounts.account_glob
),

published as (
    select
        system,
        account,
        engineer_id,
        kind,
        valid_from,
        valid_until
    from identities
    union all
    select
        unnamed.system,
        unnamed.account,
        null as engineer_id,
        case when serving.account is not null then 'service' else 'unknown' end as kind,
        null as valid_from,
        null as valid_until
    from unnamed
    left outer join serving
        on unnamed.system = serving.system
        and unnamed.account = serving.account
)

select * from published
