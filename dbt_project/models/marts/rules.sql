with rules as (
    {{ rule_metadata() }}
)

select * from rules
