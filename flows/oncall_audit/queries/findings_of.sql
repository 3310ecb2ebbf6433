-- title: Findings of a rule, a team or a severity
-- question: Which findings of this rule, about what this team owns, or of this severity stand?
-- parameters:
--   rule: {type: varchar, default: null, example: off_shift_access,
--     meaning: "One rule; all without.",
--     among: [rules.rule_id]}
--   team: {type: varchar, default: null, example: payments,
--     meaning: "Team that owns the resource; all without.",
--     among: [resources.owner_team]}
--   severity: {type: varchar, default: null, example: high, meaning: "One severity; all without.",
--     among: [rules.severity]}
--   state: {type: varchar, default: null, example: accepted,
--     meaning: "open, reopened, accepted, remediated or false-positive; the first two without."}
with

asked as (
    select
        $rule::varchar as rule_id,
        $team::varchar as team,
        $severity::varchar as severity,
        $state::varchar as state
)

select
    findings.severity,
    findings.rule_id,
    findings.started_at,
    findings.ended_at,
    engineers.name,
    findings.engineer_id,
    findings.account,
    coalesce(findings.resource_id, findings.resource_name) as resource,
    resources.owner_team,
    findings.state,
    findings.coverage_state,
    findings.summary,
    findings.finding_id
from findings
cross join asked
left outer join engineers on findings.engineer_id = engineers.engineer_id
left outer join resources on findings.resource_id = resources.resource_id
where
    coalesce(findings.rule_id = asked.rule_id, true)
    and coalesce(resources.owner_team = asked.team, asked.team is null)
    and coalesce(findings.severity = asked.severity, true)
    and coalesce(findings.state = asked.state, findings.state in ('open', 'reopened'))
order by
    list_position(['critical', 'high', 'medium', 'low', 'info'], findings.severity),
    findings.started_at desc nulls last,
    findings.finding_id asc
