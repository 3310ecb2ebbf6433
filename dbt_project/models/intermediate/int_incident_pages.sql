with incidents as (
    select * from {{ ref('int_incidents__unioned') }}
),

responders as (
    select * from {{ ref('int_incident_responders') }}
),

pages as (
    select
        responders.engineer_id,
        least(incidents.started_at, responders.joined_at)
        - interval '{{ var("hour_page_hours") }} hours' as started_at,
        greatest(
            responders.joined_at + interval '{{ var("hour_page_hours") }} hours',
            coalesce(incidents.ended_at, timestamp 'infinity')
        ) as ended_at
    from responders
    inner join incidents on responders.incident_id = incidents.incident_id
)

select * from pages
