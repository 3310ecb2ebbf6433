with mapped as (
    select * from {{ ref('rule_controls') }}
),

inputs as (
    select * from {{ ref('rule_inputs') }}
),

findings as (
    select * from {{ ref('findings') }}
),

untested as (
    select distinct rule_id
    from inputs
    where is_required and not is_present
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
            when untested.rule_id is not null then 'not tested'
            when exceptions.exceptions > 0 then 'exceptions'
            else 'passed'
        end as result,
        coalesce(exceptions.exceptions, 0) as exceptions
    from mapped
    left outer join untested on mapped.rule_id = untested.rule_id
    left outer join exceptions on mapped.rule_id = exceptions.rule_id
)

select * from controls
