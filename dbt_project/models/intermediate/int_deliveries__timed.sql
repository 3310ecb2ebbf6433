{{ config(materialized='table') }}

with counted as (
    select * from {{ ref('int_deliveries__counted') }}
),

batches as (
    select
        source_name,
        path,
        min(received_at) as first_received_at,
        max(received_at) as last_received_at
    from {{ ref('stg_control__batches') }}
    group by all
),

readings as (
    select * from {{ ref('stg_control__extractions') }}
    where state = 'complete'
),

-- AWS writes into a file's name when it was delivered. Of any other file this much is certain: it
-- was not there when the source was last read whole before the reading that brought it.
missing as (
    select
        batches.source_name,
        batches.path,
        max(readings.until) as missing_at
    from batches
    inner join readings
        on batches.source_name = readings.source_name
        and batches.first_received_at > readings.read_at
    group by all
),

timed as (
    select
        counted.*,
        {{ delivery_of('counted.raw_file') }} as told_at,
        coalesce(told_at, missing.missing_at) as delivered_after,
        coalesce(told_at, batches.last_received_at) as arrived_at
    from counted
    left outer join batches
        on counted.source_name = batches.source_name and counted.raw_file = batches.path
    left outer join missing
        on counted.source_name = missing.source_name and counted.raw_file = missing.path
)

select
    source_name,
    system,
    event_day,
    raw_file,
    records,
    last_at,
    last_event_id,
    delivered_after,
    arrived_at,
    {{ seconds_between("event_day + interval '1 day'", 'delivered_after') }} / 3600 as late_hours
from timed
