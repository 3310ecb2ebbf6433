{{ config(materialized='table') }}
{%- set kept = kept_rows('int_sessions__decided') %}

with deciding as (
    select * from {{ ref('int_sessions__deciding') }}
),

{% if kept -%}
decided as (
    select * from {{ kept }}
),
{%- else -%}
decided as (
    select * from deciding
),
{%- endif %}

differing as (
    (
        select * from deciding
        except
        select * from decided
    )
    union
    (
        select * from decided
        except
        select * from deciding
    )
)

select
    decides,
    subject,
    name,
    started_at,
    ended_at,
    told
from differing
