with mapped as (
    select * from {{ ref('rule_controls') }}
),

rule_runs as (
    select * from {{ ref('rule_runs') }}
),

findings as (
    select * from {{ ref('findings') }}
),

-- An accepted risk is still an exception to the control; a false positive never was one.
exceptions as (
    select
        rule_id,
        count(*) as exceptions
    from findings
    where state in ('open', 'reopened', 'accepted')
    group by rule_id
),

controls as (
    select
        mapped.framework,
        mapped.control_id,
        mapped.rule_id,
        mapped.requirement,
        case
            when exceptions.exceptions > 0 then 'exceptions'
            when coalesce(rule_runs.state, 'silent') = 'silent' then 'not tested'
            else 'passed'
        end as result,
        coalesce(exceptions.exceptions, 0) as exceptions,
        coalesce(rule_runs.findings, 0) as findings,
        rule_runs.state as rule_state,
        rule_runs.why
    from mapped
    left outer join rule_runs on mapped.rule_id = rule_runs.rule_id
    left outer join exceptions on mapped.rule_id = exceptions.rule_id
)

select * from controls
