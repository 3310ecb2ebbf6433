with scheduled as (
    select * from {{ ref('int_services__scheduled') }}
),

oncalls as (
    select * from {{ ref('stg_pagerduty__oncalls') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- The rules of escalation in which the service's schedules stand, as last seen.
escalated as (
    select distinct
        scheduled.service,
        scheduled.valid_from,
        scheduled.valid_until,
        oncalls.source_name,
        oncalls.escalation_policy_id
    from scheduled
    inner join oncalls
        on scheduled.source_name = oncalls.source_name
        and scheduled.schedule_id = oncalls.schedule_id
),

latest as (
    select *
    from oncalls
    qualify observed_at = max(observed_at) over (partition by source_name)
),

-- Whoever stands in them without a schedule is called at any time.
fallback as (
    select
        escalated.service,
        escalated.valid_from,
        escalated.valid_until,
        string_agg(
            distinct coalesce(engineers.name, latest.user_id), ', '
            order by coalesce(engineers.name, latest.user_id)
        ) as escalation_fallback
    from escalated
    inner join latest
        on escalated.source_name = latest.source_name
        and escalated.escalation_policy_id = latest.escalation_policy_id
    left outer join people on {{ account_key('latest.user_id') }} = people.name_key
    left outer join engineers on people.engineer_id = engineers.engineer_id
    where latest.schedule_id is null and latest.started_at is null and latest.ended_at is null
    group by escalated.service, escalated.valid_from, escalated.valid_until
)

select * from fallback
