with found as (
    select * from {{ ref('int_findings__unioned') }}
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
        found.engineer_id,
        found.account,
        found.system,
        found.resource_id,
        found.resource_name,
        found.permission,
        found.service,
        found.session_id,
        found.started_at,
        found.ended_at,
        found.score,
        found.summary,
        found.evidence,
        found.also_matched,
        found.raw_file,
        found.raw_line,
        coalesce(found.severity, rules.severity) as severity,
        coalesce(states.first_detected_run, run.run_id) as first_detected_run,
        -- What was accepted until a day is open again from that day on.
        case
            when states.state = 'accepted' and states.expires_at <= run.until then 'open'
            else coalesce(states.state, 'open')
        end as state
    from found
    inner join rules on found.rule_id = rules.rule_id
    left outer join states on found.finding_id = states.finding_id
    left outer join run on true
)

select * from findings
