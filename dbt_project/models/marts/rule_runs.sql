with rules as (
    select * from {{ ref('rules') }}
),

impaired as (
    select * from {{ ref('int_rules__impaired') }}
),

findings as (
    select * from {{ ref('findings') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

told as (
    select
        rule_id,
        bool_or(is_silent) as is_silent,
        string_agg(distinct reason, '; ' order by reason) as why
    from impaired
    group by rule_id
),

found as (
    select
        rule_id,
        count(*) as findings,
        count_if(state in ('open', 'reopened')) as open_findings
    from findings
    group by rule_id
),

rule_runs as (
    select
        run.run_id,
        rules.rule_id,
        rules.rule_version,
        case
            when told.is_silent then 'silent'
            when told.rule_id is not null then 'degraded'
            else 'ran'
        end as state,
        told.why,
        coalesce(found.findings, 0) as findings,
        coalesce(found.open_findings, 0)::bigint as open_findings
    from rules
    left outer join run on true
    left outer join told on rules.rule_id = told.rule_id
    left outer join found on rules.rule_id = found.rule_id
)

select * from rule_runs
