{{ config(materialized='incremental', incremental_strategy='append') }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

names as (
    select distinct
        system,
        account,
        resource_name,
        resource_scope
    from events
    where {{ is_replaced() }}
)

select *
from names
{%- if is_incremental() %}
except
select
    system,
    account,
    resource_name,
    resource_scope
from {{ this }}
{%- endif %}
