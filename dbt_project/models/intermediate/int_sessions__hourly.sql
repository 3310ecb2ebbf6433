with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

dated as (
    select * from {{ ref('int_engineers__dated') }}
    -- A name that is no zone would stop the whole build.
    where time_zone in (select zones.name from pg_timezone_names() as zones)
),

pages as (
    select * from {{ ref('int_incident_pages') }}
),

-- A page is a reason to be up at any hour, and no habit.
unpaged as (
    select
        sessions.*,
        cast(sessions.started_at as date) as event_day
    from sessions
    anti join pages
        on sessions.engineer_id = pages.engineer_id
        and sessions.started_at >= pages.started_at
        and sessions.started_at < pages.ended_at
    where {{ is_human_access('sessions') }}
),

hourly as (
    select
        unpaged.session_id,
        unpaged.engineer_id,
        unpaged.system,
        unpaged.started_at,
        unpaged.event_day,
        dated.team,
        dated.time_zone,
        {{ wall_clock('unpaged.started_at', 'dated.time_zone') }} as local_at,
        coalesce(engineers.started_at, timestamp '-infinity')
        > unpaged.started_at - interval '{{ var("warm_up_days") }} days' as is_new_hire
    from unpaged
    inner join engineers on unpaged.engineer_id = engineers.engineer_id
    inner join dated
        on unpaged.engineer_id = dated.engineer_id
        and {{ is_valid_at('dated', 'unpaged.started_at') }}
    -- A log-in and what follows it within the hour are one arrival. By the day as well, so that
    -- who asks for some days reads no others.
    qualify
        row_number() over (
            partition by
                unpaged.engineer_id,
                unpaged.system,
                unpaged.event_day,
                date_trunc('hour', unpaged.started_at)
            order by unpaged.resource_id is null, unpaged.started_at, unpaged.session_id
        ) = 1
)

select
    session_id,
    engineer_id,
    system,
    started_at,
    event_day,
    team,
    time_zone,
    local_at,
    hour(local_at) as local_hour,
    is_new_hire
from hourly
