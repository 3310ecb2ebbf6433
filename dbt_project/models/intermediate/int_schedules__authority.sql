with windows as (
    select * from {{ ref('int_schedules__windows') }}
),

cuts as (
    select
        source_name,
        schedule_id,
        window_since as cut_at
    from windows
    union
    select
        source_name,
        schedule_id,
        window_until as cut_at
    from windows
),

spans as (
    select
        source_name,
        schedule_id,
        cut_at as started_at,
        lead(cut_at) over (partition by source_name, schedule_id order by cut_at) as ended_at
    from cuts
),

-- What the schedule says of an instant is what its latest snapshot that covers it says.
authority as (
    select
        spans.source_name,
        spans.schedule_id,
        spans.started_at,
        spans.ended_at,
        max(windows.observed_at) as observed_at
    from spans
    inner join windows
        on spans.source_name = windows.source_name
        and spans.schedule_id = windows.schedule_id
        and spans.started_at >= windows.window_since
        and spans.ended_at <= windows.window_until
    group by all
)

select * from authority
