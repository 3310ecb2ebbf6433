-- depends_on: {{ ref('int_days__replaced') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='event_day',
    on_schema_change='fail'
) }}

with events as (
    select * from {{ ref('int_events__unioned') }}
),

{% if is_incremental() %}
replaced as (
    select * from {{ ref('int_days__replaced') }}
),

{% endif %}
counted as (
    select
        source_name,
        event_day,
        date_trunc('hour', occurred_at) as hour_start,
        count(*) as records,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    {%- if is_incremental() %}
    where event_day in (select replaced.event_day from replaced)
    {%- endif %}
    group by all
)

select * from counted
