{{ config(materialized='table') }}

{# A few rows less are a few rights less, however large a part they are. #}
{%- set kept = 'least(judged.good_records * (100 - ' ~ var('snapshot_drop_percent') ~ ') / 100.0'
    ~ ', judged.good_records - ' ~ var('snapshot_drop_rows') ~ ' + 1)' %}

with recursive counted as (
    select * from {{ ref('int_snapshots__counted') }}
),

numbered as materialized (
    select
        *,
        row_number() over (partition by kind, source_name order by observed_at) as position
    from counted
),

-- Each snapshot is held against the last good one before it, not against its neighbour:
-- two half-empty snapshots in a row do not vouch for each other.
judged as (
    select
        kind,
        source_name,
        observed_at,
        position,
        true as is_good,
        records as good_records
    from numbered
    where position = 1
    union all
    select
        numbered.kind,
        numbered.source_name,
        numbered.observed_at,
        numbered.position,
        numbered.records >= {{ kept }} as is_good,
        case
            when numbered.records >= {{ kept }} then numbered.records
            else judged.good_records
        end as good_records
    from judged
    inner join numbered
        on judged.kind = numbered.kind
        and judged.source_name = numbered.source_name
        and judged.position + 1 = numbered.position
),

good as (
    select
        kind,
        source_name,
        observed_at,
        row_number() over snapshots as ordinal,
        lag(observed_at) over snapshots as previous_at,
        lead(observed_at) over snapshots as next_at
    from judged
    where is_good
    window snapshots as (partition by kind, source_name order by observed_at)
)

select * from good
