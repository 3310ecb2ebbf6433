{{ config(materialized='table') }}

with direct as (
    select * from {{ ref('int_sessions__clocked') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

sources as (
    select * from {{ ref('int_sources__configured') }}
    where kind = 'logs'
),

coverage as (
    select * from {{ ref('int_coverage__hours') }}
),

attended as (
    select distinct
        direct.session_id,
        direct.source_ip,
        direct.gateway
    from direct
    inner join sessions
        on direct.gateway_system = sessions.system
        and direct.resource_id = sessions.resource_id
        and (direct.engineer_id is null or direct.engineer_id = sessions.engineer_id)
        and direct.passed_at
        >= sessions.started_at - interval '{{ var("gateway_minutes") }} minutes'
        and direct.passed_at <= sessions.ended_at + interval '{{ var("gateway_minutes") }} minutes'
),

-- Where the gateway's own log is missing, nothing is claimed of what should stand in it.
logged as (
    select
        direct.session_id,
        direct.source_ip,
        direct.gateway
    from direct
    inner join sources on direct.gateway_system = sources.system
    inner join coverage
        on sources.source_name = coverage.source_name
        and coverage.hour_start + interval 1 hour
        > direct.passed_at - interval '{{ var("gateway_minutes") }} minutes'
        and direct.passed_at + interval '{{ var("gateway_minutes") }} minutes'
        >= coverage.hour_start
    group by direct.session_id, direct.source_ip, direct.gateway
    having bool_and(coverage.state not in ('blind', 'removed'))
),

judged as (
    select
        direct.*,
        logged.session_id is not null and attended.session_id is null as is_unattended
    from direct
    left outer join attended
        on direct.session_id = attended.session_id
        and direct.source_ip = attended.source_ip
        and direct.gateway = attended.gateway
    left outer join logged
        on direct.session_id = logged.session_id
        and direct.source_ip = logged.source_ip
        and direct.gateway = logged.gateway
)

select
    {{ sighting_columns() }},
    string_agg(gateway, ', ' order by gateway) as gateways,
    bool_and(is_elsewhere) as is_elsewhere,
    bool_and(is_unattended) as is_unattended
from judged
group by all
-- One of several gateways is enough.
having bool_and(is_elsewhere or is_unattended)
