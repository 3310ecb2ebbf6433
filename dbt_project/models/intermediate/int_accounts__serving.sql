{{ config(materialized='table') }}

with names as (
    select * from {{ ref('int_names__seen') }}
),

service_accounts as (
    select * from {{ ref('stg_policy__service_accounts') }}
),

accounts as (
    select distinct
        system,
        account,
        account like '%.amazonaws.com' or account = 'AWS Internal' as is_aws
    from names
    where account is not null
),

-- An AWS service that calls for somebody goes by its host name.
serving as (
    select distinct
        accounts.system,
        accounts.account,
        service_accounts.valid_from,
        service_accounts.valid_until
    from accounts
    inner join service_accounts
        on accounts.system glob service_accounts.system_glob
        and accounts.account glob service_accounts.account_glob
    where not accounts.is_aws
    union all
    select
        system,
        account,
        null as valid_from,
        null as valid_until
    from accounts
    where is_aws
)

select * from serving
