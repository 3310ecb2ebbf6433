{{ config(materialized='table') }}

with surrounded as (
    select * from {{ ref('int_coverage__silences') }}
),

extracted as (
    select * from {{ ref('int_coverage__extracted') }}
),

judged as (
    select
        surrounded.source_name,
        surrounded.hour_start,
        case
            when surrounded.records > 0 then 'seen'
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
)

select * from judged
