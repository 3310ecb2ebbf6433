{{ config(materialized='table') }}

with engineers as (
    select * from {{ ref('int_engineers__current') }}
),

identities as (
    select * from {{ ref('int_identities__resolved') }}
),

pagerduty_users as (
    select * from {{ ref('stg_pagerduty__users') }}
),

names as (
    select
        engineer_id as name_key,
        engineer_id,
        1 as preference
    from engineers
    union
    select
        lower(email) as name_key,
        engineer_id,
        2 as preference
    from engineers
    union
    select
        account as name_key,
        engineer_id,
        case when system = 'pagerduty' then 3 else 4 end as preference
    from identities
    where engineer_id is not null
    union
    select
        pagerduty_users.user_id as name_key,
        engineers.engineer_id,
        5 as preference
    from pagerduty_users
    inner join engineers on lower(pagerduty_users.email) = lower(engineers.email)
),

-- A name that two people go by names neither.
counted as (
    select
        name_key,
        preference,
        min(engineer_id) as engineer_id,
        count(distinct engineer_id) as holders
    from names
    where name_key is not null
    group by name_key, preference
),

named as (
    select
        name_key,
        case when holders = 1 then engineer_id end as engineer_id
    from counted
    qualify row_number() over (partition by name_key order by preference) = 1
)

select * from named
