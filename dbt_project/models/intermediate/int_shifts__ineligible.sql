with shifts as (
    select * from {{ ref('int_shifts__merged') }}
    where service is not null
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

departures as (
    select * from {{ ref('int_engineers__left') }}
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
        -- Until their last day they were rightly in it, and again once they are back.
        greatest(shifts.started_at, departures.ended_at) as started_at,
        least(shifts.ended_at, departures.returned_at) as ended_at,
        coalesce(engineers.name, shifts.engineer_id, shifts.person) as who_was_called,
        case
            when shifts.engineer_id is null then 'nobody in the directory goes by this name'
            when departures.ended_at is not null
                then 'they had left on ' || strftime(departures.ended_at, '%Y-%m-%d')
            else
                'they still lacked ' || lacking.lacking || ' at '
                || {{ moment('lacking.observed_at') }}
        end as reason
    from shifts
    left outer join engineers on shifts.engineer_id = engineers.engineer_id
    left outer join departures
        on shifts.engineer_id = departures.engineer_id
        and shifts.ended_at > departures.ended_at
        and shifts.started_at < coalesce(departures.returned_at, timestamp 'infinity')
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
