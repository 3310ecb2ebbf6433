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
        account
    from names
    where account is not null
),

-- An AWS service that calls for somebody goes by its host name.
serving as (
    select
        accounts.system,
        accounts.account
    from accounts
    semi join service_accounts
        on accounts.system glob service_accounts.system_glob
        and accounts.account glob service_accounts.account_glob
    union
    select
        system,
        account
    from accounts
    where account like '%.amazonaws.com' or account = 'AWS Internal'
)

select * from serving
