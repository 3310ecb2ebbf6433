{{ config(materialized='table') }}

with sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

sightings as (
    select * from {{ ref('int_sightings__parts') }}
),

-- Who comes by a certificate is named in it by the gateway that issued it.
certified as (
    select
        session_id,
        {{ account_key('max(device_id)') }} as certificate
    from sightings
    where device_id is not null
    group by session_id
),

logins as (
    select
        sessions.*,
        certified.certificate,
        lower(sessions.resource_name) as host
    from sessions
    inner join certified on sessions.session_id = certified.session_id
),

gated as (
    select
        session_id,
        system,
        started_at,
        {{ account_key('account') }} as certificate,
        lower(resource_name) as host
    from sessions
),

-- Two log-ins, or two sessions, within the same hours could be paired either way: neither is.
paired as (
    select
        logins.session_id,
        logins.system,
        logins.resource_id,
        logins.resource_name,
        logins.host,
        logins.service,
        logins.started_at,
        logins.raw_file,
        logins.raw_line,
        gated.session_id as reference_session_id,
        gated.system as reference_system,
        {{ seconds_between('gated.started_at', 'logins.started_at') }} as offset_seconds
    from logins
    inner join gated
        on logins.host = gated.host
        and logins.certificate = gated.certificate
        and logins.system <> gated.system
        and gated.started_at
        between logins.started_at - interval '{{ var("clock_pair_hours") }} hours'
        and logins.started_at + interval '{{ var("clock_pair_hours") }} hours'
    qualify
        count(*) over (partition by logins.session_id, gated.system) = 1
        and count(*) over (partition by gated.session_id, logins.system) = 1
)

select * from paired
