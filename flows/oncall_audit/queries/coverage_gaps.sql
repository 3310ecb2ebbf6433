-- title: Gaps of the logs
-- question: When did the audit not see a source, and how many sessions of others fall into it?
-- parameters:
--   source: {type: varchar, default: null, example: cloudtrail,
--     meaning: "One source; all without.",
--     among: [coverage.source_name]}
--   since: {type: timestamp, default: null, example: 2026-03-01,
--     meaning: "Hours that begin at or after this time."}
--   until: {type: timestamp, default: null, example: 2026-04-01,
--     meaning: "Hours that begin before this time."}
with

asked as (
    select
        $source::varchar as source_name,
        $since::timestamp as since,
        $until::timestamp as until
),

blind as (
    select
        coverage.source_name,
        coverage.hour_start
    from coverage
    cross join asked
    where
        coverage.state = 'blind'
        and coalesce(coverage.source_name = asked.source_name, true)
        and coalesce(coverage.hour_start >= asked.since, true)
        and coalesce(coverage.hour_start < asked.until, true)
),

-- Hours that follow each other differ from their own number by the same.
numbered as (
    select
        source_name,
        hour_start,
        hour_start
        - to_hours(row_number() over (partition by source_name order by hour_start)) as gap
    from blind
),

gaps as (
    select
        source_name,
        min(hour_start) as started_at,
        max(hour_start) + interval 1 hour as ended_at,
        count(*) as hours
    from numbered
    group by source_name, gap
)

select
    source_name,
    started_at,
    ended_at,
    hours,
    (
        select count(*)
        from sessions
        where sessions.started_at < gaps.ended_at and sessions.ended_at > gaps.started_at
    ) as sessions_elsewhere
from gaps
order by started_at, source_name
