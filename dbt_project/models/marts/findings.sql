with found as (
    select * from {{ ref('int_findings__unioned') }}
),

judged as (
    select * from {{ ref('int_findings__judged') }}
),

rules as (
    select * from {{ ref('rules') }}
),

states as (
    select * from {{ ref('stg_control__finding_states') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

findings as (
    select
        found.finding_id,
        found.rule_id,
        rules.rule_version,
        found.engineer_id,
        found.account,
        judged.identity_raw,
        found.system,
        found.resource_id,
        found.resource_name,
        found.permission,
        found.service,
        judged.tier,
        found.session_id,
        found.started_at,
        found.ended_at,
        judged.start_local,
        judged.tz,
        judged.shift_id,
        judged.incident_id,
        judged.request_id,
        judged.policy_sha256,
        found.score,
        found.summary,
        found.evidence,
        found.also_matched,
        found.raw_file,
        found.raw_line,
        judged.event_ids,
        judged.attack,
        rules.controls,
        coalesce(found.severity, rules.severity) as severity,
        case when contains(rules.inputs, 'schedules') then judged.schedule_recorded_at end
            as schedule_recorded_at,
        case when contains(rules.inputs, 'permissions') then judged.snapshot_at end as snapshot_at,
        case when contains(rules.inputs, 'logs') then judged.coverage_state end as coverage_state,
        {{ finding_explanation() }} as explanation,
        coalesce(states.first_detected_run, run.run_id) as first_detected_run,
        -- What was accepted until a day is open again from that day on; what was put right and is
        -- still there afterwards was not.
        case
            when states.state = 'accepted' and states.expires_at <= run.until then 'open'
            when states.state = 'remediated' and found.ended_at > states.decided_at then 'reopened'
            else coalesce(states.state, 'open')
        end as state
    from found
    inner join judged on found.finding_id = judged.finding_id
    inner join rules on found.rule_id = rules.rule_id
    left outer join states on found.finding_id = states.finding_id
    left outer join run on true
)

select * from findings
