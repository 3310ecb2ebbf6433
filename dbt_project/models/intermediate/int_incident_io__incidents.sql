with incidents as (
    select * from {{ ref('stg_incident_io__incidents') }}
)

select
    incident_id,
    source_name,
    service_name,
    null::varchar as service_id,
    severity,
    concat_ws(' ', reference, title) as title,
    status,
    created_at as started_at,
    resolved_at as ended_at,
    observed_at,
    raw_file,
    raw_line
from incidents
