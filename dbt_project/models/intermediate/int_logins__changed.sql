{{ config(materialized='table') }}
{%- set kept = kept_rows('int_logins__identified') %}

with tried as (
    select * from {{ ref('int_logins__tried') }}
),

replaced as (
    select * from {{ ref('int_days__replaced') }}
),

names as (
    select * from {{ ref('int_sessions__differing') }}
    where decides = 'name'
),

changed as (
    select event_day from replaced
    {%- for column in ('account', 'resource_name', 'resource_scope') %}
    union
    select tried.event_day
    from tried
    semi join names on tried.system = names.subject and tried.{{ column }} = names.name
    {%- endfor %}
    {%- if not kept %}
    union
    select event_day from tried
    {%- endif %}
)

select event_day from changed
