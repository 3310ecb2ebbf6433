with lines as (
    select
        event_id,
        source_name,
        host,
        pid,
        class,
        date_trunc('hour', occurred_at) as hour_at
    from {{ ref('int_sshd__lines') }}
    where list_contains(['failed', 'invalid', 'unfinished', 'barred'], class)
),

failures as (
    select distinct
        source_name,
        host,
        pid,
        hour_at
    from lines
    where class = 'failed'
),

-- One attempt writes several lines; it counts once, by its `Failed` line where there is one.
-- A server that takes keys only writes none.
attempts as (
    select lines.event_id
    from lines
    anti join failures
        on lines.source_name = failures.source_name
        and lines.host = failures.host
        and lines.pid = failures.pid
        and lines.hour_at = failures.hour_at
    where lines.class <> 'failed'
)

select * from attempts
