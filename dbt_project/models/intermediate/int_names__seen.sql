-- depends_on: {{ ref('int_days__replaced') }}
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
    {%- if is_incremental() %}
    where event_day in (select replaced.event_day from {{ ref('int_days__replaced') }} as replaced)
    {%- endif %}
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
