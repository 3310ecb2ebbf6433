with unioned as (
    select * from {{ ref('int_incidents__unioned') }}
),

published as (
    select
        incident_id,
        service,
        started_at,
        ended_at,
        severity,
        title,
        status
    from unioned
)

select * from published
