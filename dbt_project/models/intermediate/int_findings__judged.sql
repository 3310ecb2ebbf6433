with found as (
    select * from {{ ref('int_findings__unioned') }}
),

dated as (
    select * from {{ ref('int_findings__dated') }}
),

covered as (
    select * from {{ ref('int_findings__covered') }}
),

recorded as (
    select * from {{ ref('int_findings__recorded') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

policies as (
    select * from {{ ref('stg_control__policy_versions') }}
),

rule_attack as (
    select * from {{ ref('rule_attack') }}
),

shown as (
    select
        rule_id,
        string_agg(technique_id, ', ' order by technique_id) as attack
    from rule_attack
    group by rule_id
),

-- By the policy of the time it happened in, whatever the policy says today.
judged as (
    select
        found.finding_id,
        concat_ws(':', found.system, found.account) as identity_raw,
        resources.tier::integer as tier,
        dated.start_local,
        dated.tz,
        dated.shift_id,
        dated.incident_id,
        dated.request_id,
        policies.policy_sha256,
        dated.schedule_recorded_at,
        dated.snapshot_at,
        recorded.event_ids,
        covered.coverage_state,
        shown.attack
    from found
    inner join dated on found.finding_id = dated.finding_id
    left outer join covered on found.finding_id = covered.finding_id
    left outer join recorded on found.finding_id = recorded.finding_id
    left outer join resources
        on found.resource_id = resources.resource_id
        and {{ is_valid_at('resources', 'found.started_at') }}
    left outer join policies on {{ is_valid_at('policies', 'found.started_at') }}
    left outer join shown on found.rule_id = shown.rule_id
)

select * from judged
