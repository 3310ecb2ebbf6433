with runs as (
    select * from {{ ref('stg_control__runs') }}
),

run as (
    select * from {{ ref('stg_control__run') }}
),

extractions as (
    select * from {{ ref('stg_control__extractions') }}
),

counted as (
    select count(*) as findings from {{ ref('findings') }}
    where state in ('open', 'reopened')
),

-- A span that was tried again and then read whole is whole.
unread as (
    select extractions.source_name
    from extractions
    inner join run on extractions.read_at = run.started_at
    group by extractions.source_name, extractions.since, extractions.until
    having not bool_or(extractions.state = 'complete')
),

current_run as (
    select
        run.run_id,
        run.since,
        run.until,
        run.started_at,
        null::timestamp as ended_at,
        case
            when exists (select 1 from unread) then 'with exceptions'
            else 'complete'
        end as state,
        run.code_version,
        run.policy_sha256,
        counted.findings
    from run
    cross join counted
),

published as (
    select
        run_id,
        since,
        until,
        started_at,
        ended_at,
        state,
        code_version,
        policy_sha256,
        findings::bigint as findings
    from runs
    union all
    select * from current_run
)

select * from published
