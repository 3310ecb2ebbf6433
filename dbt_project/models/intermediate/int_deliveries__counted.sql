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

counted as (
    select
        source_name,
        system,
        event_day,
        raw_file,
        count(*) as records,
        max(occurred_at) as last_at,
        arg_max(event_id, (occurred_at, event_id)) as last_event_id
    from events
    {%- if is_incremental() %}
    where event_day in (select days.event_day from {{ ref('int_days__replaced') }} as days)
    {%- endif %}
    group by all
)

select * from counted
