with rules as (
    select * from {{ ref('rules') }}
),

inputs as (
    select * from {{ ref('int_inputs__present') }}
),

needed as (
    select
        rule_id,
        may_lack,
        unnest(string_split(inputs, ', ')) as input
    from rules
),

rule_inputs as (
    select
        needed.rule_id,
        needed.input,
        coalesce(inputs.is_present, false) as is_present,
        coalesce(inputs.is_required, true)
        and not list_contains(string_split(needed.may_lack, ', '), needed.input) as is_required
    from needed
    left outer join inputs on needed.input = inputs.input
)

select * from rule_inputs
