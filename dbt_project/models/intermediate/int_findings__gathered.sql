{{ config(materialized='table') }}

with rules as (
    {{ union_rules() }}
),

keyed as (
    select
        * exclude (ended_at),
        greatest(started_at, ended_at) as ended_at,
        coalesce(engineer_id, system || ':' || account, system, '') as who,
        coalesce(resource_id, resource_name, '') as target
    from rules
),

gathered as (
    select
        *,
        concat_ws(
            '|', rule_id, who, target, started_at, ended_at, session_id, permission, account
        ) as row_key
    from keyed
)

select * from gathered
