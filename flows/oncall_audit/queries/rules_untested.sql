-- title: Rules that could not judge
-- question: Which rules found nothing, or too little, because they lacked an input, and which?
-- parameters: {}
select
    rules.severity,
    rule_runs.rule_id,
    rule_runs.state,
    rule_runs.why,
    rules.question
from rule_runs
left outer join rules on rule_runs.rule_id = rules.rule_id
where rule_runs.state <> 'ran'
order by
    list_position(['critical', 'high', 'medium', 'low', 'info'], rules.severity),
    rule_runs.rule_id
