with alert_groups as (
    select * from {{ ref('stg_grafana_oncall__alert_groups') }}
),

integrations as (
    select * from {{ ref('stg_grafana_oncall__integrations') }}
),

named as (
    select
        source_name,
        integration_id,
        arg_max(name, observed_at) as name
    from integrations
    group by source_name, integration_id
)

-- An integration is what alerts come by: the service's, where each service has its own.
select
    alert_groups.alert_group_id as incident_id,
    alert_groups.source_name,
    named.name as service_name,
    alert_groups.integration_id as service_id,
    null::varchar as severity,
    alert_groups.title,
    alert_groups.state as status,
    alert_groups.created_at as started_at,
    alert_groups.resolved_at as ended_at,
    alert_groups.observed_at,
    alert_groups.raw_file,
    alert_groups.raw_line
from alert_groups
left outer join named
    on alert_groups.source_name = named.source_name
    and alert_groups.integration_id = named.integration_id
