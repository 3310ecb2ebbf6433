with required as (
    select * from {{ ref('int_services__required') }}
),

scheduled as (
    select * from {{ ref('int_services__scheduled') }}
),

final_entries as (
    select * from {{ ref('int_schedules__final') }}
),

covers as (
    select
        scheduled.service,
        greatest(final_entries.started_at, scheduled.valid_from) as started_at,
        least(final_entries.ended_at, scheduled.valid_until) as ended_at
    from scheduled
    inner join final_entries
        on scheduled.source_name = final_entries.source_name
        and scheduled.schedule_id = final_entries.schedule_id
        and coalesce(scheduled.valid_from < final_entries.ended_at, true)
        and coalesce(scheduled.valid_until > final_entries.started_at, true)
),

-- The end of what is required ends the last gap as a cover would.
ends as (
    select
        required.service,
        required.started_at as required_from,
        covers.started_at,
        covers.ended_at
    from required
    inner join covers
        on required.service = covers.service
        and required.started_at < covers.ended_at
        and required.ended_at > covers.started_at
    union all
    select
        service,
        started_at as required_from,
        ended_at as started_at,
        ended_at
    from required
),

gaps as (
    select
        service,
        greatest(
            required_from,
            max(ended_at) over (
                partition by service, required_from
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            )
        ) as started_at,
        started_at as ended_at
    from ends
)

select * from gaps
where started_at < ended_at
