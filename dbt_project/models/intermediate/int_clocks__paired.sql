{{ config(materialized='table') }}

with accounts as (
    select distinct {{ account_key('account') }} as account
    from {{ ref('int_sessions__audited') }}
),

sightings as (
    select
        session_id,
        {{ account_key('device_id') }} as certificate
    from {{ ref('int_sightings__parts') }}
    where device_id is not null
),

-- Who comes by a certificate is named in it by the gateway that issued it.
certified as (
    select
        sightings.session_id,
        max(sightings.certificate) as certificate
    from sightings
    semi join accounts on sightings.certificate = accounts.account
    group by sightings.session_id
),

begun as (
    select
        session_id,
        system,
        started_at,
        lower(resource_name) as host
    from {{ ref('int_sessions__audited') }}
),

-- Under a second name, for DuckDB keeps what is read twice, with all that either reading wants.
gated as (
    select
        session_id,
        system,
        started_at,
        {{ account_key('account') }} as certificate,
        lower(resource_name) as host
    from {{ ref('int_sessions__audited') }}
),

logins as (
    select
        begun.session_id,
        begun.system,
        begun.started_at,
        begun.host,
        certified.certificate
    from begun
    inner join certified on begun.session_id = certified.session_id
),

-- Two log-ins, or two sessions, within the same hours could be paired either way: neither is.
paired as (
    select
        logins.session_id,
        logins.host,
        logins.started_at,
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
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
)

select
    paired.session_id,
    sessions.system,
    sessions.resource_id,
    sessions.resource_name,
    paired.host,
    sessions.service,
    paired.started_at,
    sessions.raw_file,
    sessions.raw_line,
    paired.reference_session_id,
    paired.reference_system,
    paired.offset_seconds
from paired
inner join sessions on paired.session_id = sessions.session_id
