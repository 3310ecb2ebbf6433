{{ config(materialized='table') }}

with surrounded as (
    select * from {{ ref('int_coverage__silences') }}
),

extracted as (
    select * from {{ ref('int_coverage__extracted') }}
),

retired as (
    select * from {{ ref('stg_control__retired_days') }}
),

judged as (
    select
        surrounded.source_name,
        surrounded.hour_start,
        case
            when surrounded.records > 0 then 'seen'
            when retired.source_name is not null then 'removed'
            when extracted.source_name is null then 'blind'
            when
                {{ seconds_between('surrounded.silent_since', 'surrounded.silent_until') }}
                > 3600 * coalesce(surrounded.silent_hours, 6)
                then 'blind'
            else 'quiet'
        end as state,
        surrounded.records
    from surrounded
    left outer join extracted
        on surrounded.source_name = extracted.source_name
        and surrounded.slot_since >= extracted.since
        and surrounded.slot_until <= extracted.until
    left outer join retired
        on surrounded.source_name = retired.source_name
        and cast(surrounded.hour_start as date) = retired.day
)

select * from judged
