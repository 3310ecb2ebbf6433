with events as (
    select * from {{ ref('stg_teleport__events') }}
),

-- The events inside a session do not repeat where it takes place.
places as (
    select
        sid,
        min(occurred_at) as started_at,
        arg_min(
            coalesce(server_hostname, db_service, kubernetes_cluster), (occurred_at, event_id)
        ) as resource_name
    from events
    where sid is not null and event like '%session.start'
    group by sid
)

select * from places
