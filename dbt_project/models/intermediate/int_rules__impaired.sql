with rule_inputs as (
    select * from {{ ref('rule_inputs') }}
),

impaired as (
    select * from {{ ref('int_inputs__impaired') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

absent as (
    select
        rule_id,
        is_required as is_silent,
        'no ' || input as reason
    from rule_inputs
    where not is_present
),

history as (
    select coalesce(date_diff('day', min(sessions.started_at), any_value(run.until)), 0) as days
    from run
    left outer join sessions on run.until > sessions.started_at
),

-- A baseline of a few days calls everything unusual.
cold as (
    select distinct
        rule_inputs.rule_id,
        true as is_silent,
        'the logs reach back ' || history.days
        || ' of the {{ var("warm_up_days") }} days that a baseline needs' as reason
    from rule_inputs
    cross join history
    where
        rule_inputs.rule_id in {{ statistical_rule_ids() }}
        and history.days < {{ var('warm_up_days') }}
),

impairments as (
    select * from absent
    union all
    select * from cold
    union all
    select
        rule_inputs.rule_id,
        false as is_silent,
        impaired.reason
    from rule_inputs
    inner join impaired on rule_inputs.input = impaired.input
)

select * from impairments
