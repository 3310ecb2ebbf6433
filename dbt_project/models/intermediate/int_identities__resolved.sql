{{ config(materialized='table') }}

with settled as (
    select * from {{ ref('int_identities__settled') }}
),

marked as (
    select
        *,
        coalesce(
            valid_from = lag(valid_until) over history
            and kind = lag(kind) over history
            and coalesce(engineer_id, '') = coalesce(lag(engineer_id) over history, ''),
            false
        ) as is_same
    from settled
    window history as (partition by system, account order by valid_from)
),

numbered as (
    select
        *,
        sum((not is_same)::integer) over (
            partition by system, account order by valid_from
        ) as island
    from marked
),

resolved as (
    select
        system,
        account,
        any_value(engineer_id) as engineer_id,
        any_value(kind) as kind,
        min(valid_from) as valid_from,
        case
            when count(valid_until) = count(*) then max(valid_until)
        end as valid_until
    from numbered
    group by system, account, island
)

select * from resolved
