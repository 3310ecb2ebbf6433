-- title: What changed between two audits
-- question: Which findings, rights, people and policies appeared or went between two times?
-- parameters:
--   since: {type: timestamp, default: null, example: 2026-03-26,
--     meaning: "After this time; the end of the last audit but one without, or else of all."}
--   until: {type: timestamp, default: null, example: 2026-04-03,
--     meaning: "Up to this time; the end of the last audit without."}
with

published as (
    select distinct until
    from audit_runs
    where state is distinct from 'failed'
),

asked as (
    select
        coalesce(
            $since::timestamp,
            (
                select until from published
                order by until desc limit 1 offset 1
            ),
            (select min(since) from audit_runs)
        ) as since,
        coalesce($until::timestamp, (select max(until) from published)) as until
),

changed as (
    select
        coalesce(audit_runs.until, findings.ended_at) as changed_at,
        'finding appeared' as change,
        findings.engineer_id,
        coalesce(findings.resource_id, findings.resource_name) as subject,
        concat_ws(', ', findings.rule_id, findings.severity, findings.state) as detail,
        findings.finding_id as id
    from findings
    left outer join audit_runs on findings.first_detected_run = audit_runs.run_id
    union all
    select
        valid_from as changed_at,
        'right appeared' as change,
        engineer_id,
        coalesce(resource_id, resource_name) as subject,
        concat_ws(', ', permission, granted_via, account) as detail,
        entitlement_id as id
    from entitlements
    union all
    select
        valid_until as changed_at,
        'right went' as change,
        engineer_id,
        coalesce(resource_id, resource_name) as subject,
        concat_ws(', ', permission, granted_via, account) as detail,
        entitlement_id as id
    from entitlements
    union all
    select
        started_at as changed_at,
        'person joined' as change,
        engineer_id,
        team as subject,
        role as detail,
        engineer_id as id
    from engineers
    union all
    select
        ended_at as changed_at,
        'person left' as change,
        engineer_id,
        team as subject,
        role as detail,
        engineer_id as id
    from engineers
    union all
    select
        valid_from as changed_at,
        'policy changed' as change,
        null as engineer_id,
        null as subject,
        case when is_declared then 'declared' else 'seen' end as detail,
        policy_sha256 as id
    from policy_versions
)

select
    changed.changed_at,
    changed.change,
    engineers.name,
    changed.engineer_id,
    changed.subject,
    changed.detail,
    changed.id
from changed
cross join asked
left outer join engineers on changed.engineer_id = engineers.engineer_id
where changed.changed_at > asked.since and changed.changed_at <= asked.until
order by changed.changed_at, changed.change, changed.id
