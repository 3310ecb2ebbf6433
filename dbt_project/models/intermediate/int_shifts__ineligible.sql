with shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where service is not null
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

lacking as (
    select * from {{ ref('int_shifts__lacking') }}
),

scheduled as (
    select
        service,
        valid_from,
        valid_until,
        min(system) as system
    from {{ ref('int_services__scheduled') }}
    group by service, valid_from, valid_until
),

run as (
    select * from {{ ref('int_run__current') }}
),

judged as (
    select
        shifts.shift_id,
        shifts.schedule,
        shifts.service,
        shifts.engineer_id,
        shifts.person,
        shifts.origin,
        scheduled.system,
        shifts.ended_at,
        -- Until their last day they were rightly in it.
        case
            when engineers.ended_at < shifts.ended_at
                then greatest(shifts.started_at, engineers.ended_at)
            else shifts.started_at
        end as started_at,
        coalesce(engineers.name, shifts.engineer_id, shifts.person) as who_was_called,
        case
            when shifts.engineer_id is null then 'nobody in the directory goes by this name'
            when engineers.ended_at < shifts.ended_at
                then 'they had left on ' || strftime(engineers.ended_at, '%Y-%m-%d')
            else
                'they still lacked ' || lacking.lacking || ' at '
                || {{ moment('lacking.observed_at') }}
        end as reason
    from shifts
    left outer join engineers on shifts.engineer_id = engineers.engineer_id
    left outer join lacking on shifts.shift_id = lacking.shift_id
    left outer join scheduled
        on shifts.service = scheduled.service
        and {{ is_valid_at('scheduled', 'shifts.started_at') }}
),

-- Where the directory names nobody on call, it is the link between the two that is missing.
ineligible as (
    select judged.*
    from judged
    inner join run on judged.started_at < run.until
    where judged.reason is not null and (select count(shifts.engineer_id) from shifts) > 0
)

select * from ineligible
