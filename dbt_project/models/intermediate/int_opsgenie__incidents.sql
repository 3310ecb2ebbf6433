with incidents as (
    select * from {{ ref('stg_opsgenie__incidents') }}
),

services as (
    select * from {{ ref('stg_opsgenie__services') }}
),

named as (
    select
        source_name,
        service_id,
        arg_max(service_name, observed_at) as service_name
    from services
    group by source_name, service_id
)

select
    incidents.incident_id,
    incidents.source_name,
    coalesce(incidents.service_name, named.service_name) as service_name,
    incidents.service_id,
    incidents.priority as severity,
    incidents.title,
    incidents.status,
    incidents.created_at as started_at,
    incidents.resolved_at as ended_at,
    incidents.observed_at,
    incidents.raw_file,
    incidents.raw_line
from incidents
left outer join named
    on incidents.source_name = named.source_name
    and incidents.service_id = named.service_id
