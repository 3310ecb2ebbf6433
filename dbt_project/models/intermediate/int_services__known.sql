{{ config(materialized='table') }}

with scheduled as (
    select
        service,
        source_name,
        schedule_id,
        coalesce(valid_from, timestamp '-infinity') as valid_from,
        coalesce(valid_until, timestamp 'infinity') as valid_until
    from {{ ref('int_services__scheduled') }}
),

authority as (
    select * from {{ ref('int_schedules__authority') }}
),

spoken as (
    select
        scheduled.service,
        greatest(scheduled.valid_from, authority.started_at) as started_at,
        least(scheduled.valid_until, authority.ended_at) as ended_at
    from scheduled
    inner join authority
        on scheduled.source_name = authority.source_name
        and scheduled.schedule_id = authority.schedule_id
        and scheduled.valid_from < authority.ended_at
        and scheduled.valid_until > authority.started_at
),

-- One up where a schedule becomes the service's, or begins to speak; one down where it ends.
steps as (
    select
        service,
        unnest([valid_from, valid_until]) as stepped_at,
        unnest([1, -1]) as schedules,
        0 as speaking
    from scheduled
    union all
    select
        service,
        unnest([started_at, ended_at]) as stepped_at,
        0 as schedules,
        unnest([1, -1]) as speaking
    from spoken
),

levels as (
    select
        service,
        stepped_at,
        sum(sum(schedules)) over (partition by service order by stepped_at) as schedules,
        sum(sum(speaking)) over (partition by service order by stepped_at) as speaking
    from steps
    group by service, stepped_at
),

-- Where one schedule of several is not known, somebody on it may be on call.
changes as (
    select
        service,
        stepped_at as started_at,
        schedules > 0 and speaking = schedules as is_known
    from levels
    qualify is_known is distinct from lag(is_known) over (partition by service order by stepped_at)
),

spans as (
    select
        service,
        is_known,
        started_at,
        lead(started_at) over (partition by service order by started_at) as ended_at
    from changes
)

select * exclude (is_known)
from spans
where is_known and ended_at is not null
