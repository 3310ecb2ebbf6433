with pagerduty_incidents as (
    select * from {{ ref('stg_pagerduty__incidents') }}
),

generic_incidents as (
    select * from {{ ref('stg_generic__incidents') }}
),

observed as (
    select
        incident_id,
        source_name,
        service_name,
        service_id,
        coalesce(priority, urgency) as severity,
        title,
        status,
        created_at as started_at,
        resolved_at as ended_at,
        observed_at,
        raw_file,
        raw_line
    from pagerduty_incidents
    union all
    select
        incident_id,
        source_name,
        service as service_name,
        null as service_id,
        severity,
        null as title,
        status,
        started_at,
        ended_at,
        observed_at,
        raw_file,
        raw_line
    from generic_incidents
    {{- of_systems('incidents') }}
)

select * from observed
