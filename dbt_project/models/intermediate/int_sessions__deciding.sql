with answers as (
    select * from {{ ref('int_names__answered') }}
),

addresses as (
    select * from {{ ref('int_addresses__located') }}
),

merged as (
    select * from {{ ref('int_windows__merged') }}
),

allowed as (
    select * from {{ ref('int_windows__allowed') }}
),

on_duty as (
    select * from {{ ref('int_shifts__on_duty') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

dated as (
    select * from {{ ref('int_engineers__dated') }}
),

pages as (
    select * from {{ ref('int_incident_pages') }}
),

careers as (
    select
        engineer_id,
        string_agg(
            concat_ws(
                chr(31), coalesce(team, ''), coalesce(time_zone, ''), valid_from, valid_until
            ),
            chr(30)
            order by valid_from nulls first
        ) as told
    from dated
    group by engineer_id
),

deciding as (
    select
        'name' as decides,
        system as subject,
        name,
        null::timestamp as started_at,
        null::timestamp as ended_at,
        concat_ws(chr(31), question, turned_at, answer) as told
    from answers
    union all
    select
        'address' as decides,
        null as subject,
        address as name,
        valid_from as started_at,
        valid_until as ended_at,
        concat_ws(
            chr(31),
            network_kind,
            network_id,
            is_gateway,
            coalesce(country, ''),
            coalesce(latitude::varchar, ''),
            coalesce(longitude::varchar, ''),
            coalesce(asn::varchar, '')
        ) as told
    from addresses
    union all
    select
        'window' as decides,
        engineer_id as subject,
        service as name,
        started_at,
        ended_at,
        resource_id as told
    from merged
    union all
    select
        'cause' as decides,
        engineer_id as subject,
        service as name,
        started_at,
        ended_at,
        concat_ws(chr(31), coalesce(resource_id, ''), cause, cause_id) as told
    from allowed
    union all
    select
        'duty' as decides,
        engineer_id as subject,
        null as name,
        started_at,
        ended_at,
        null as told
    from on_duty
    union all
    select distinct
        'page' as decides,
        engineer_id as subject,
        null as name,
        started_at,
        ended_at,
        null as told
    from pages
    union all
    -- With whom they are compared, since when, and by which clock.
    select
        'engineer' as decides,
        engineers.engineer_id as subject,
        null as name,
        null::timestamp as started_at,
        null::timestamp as ended_at,
        concat_ws(chr(31), coalesce(engineers.team, ''), engineers.started_at, careers.told) as told
    from engineers
    left outer join careers on engineers.engineer_id = careers.engineer_id
    union all
    -- A resource with any windows of its own is held to them alone, at all times.
    select distinct
        'own windows' as decides,
        engineer_id as subject,
        service as name,
        null::timestamp as started_at,
        null::timestamp as ended_at,
        resource_id as told
    from merged
    where resource_id is not null
)

select * from deciding
