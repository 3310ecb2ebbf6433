with sources as (
    select * from {{ ref('int_sources__configured') }}
),

counted as (
    select
        'schedules' as input,
        count(*) as found
    from {{ ref('int_shifts__merged') }}
    union all
    select
        'incidents' as input,
        count(*) as found
    from {{ ref('int_incidents__unioned') }}
    union all
    select
        'requests' as input,
        count(*) as found
    from {{ ref('int_requests__unioned') }}
    union all
    select
        'permissions' as input,
        count(*) as found
    from {{ ref('int_entitlements__held') }}
    union all
    select
        'logs' as input,
        count(*) as found
    from {{ ref('int_sessions__audited') }}
    union all
    select
        'directory' as input,
        count(*) as found
    from {{ ref('int_engineers__current') }}
    union all
    select
        'networks' as input,
        count(*) filter (where country is not null or asn is not null) as found
    from {{ ref('int_addresses__located') }}
    union all
    select
        'gateways' as input,
        count(*) as found
    from {{ ref('stg_policy__gateways') }}
    where valid_until is null
    union all
    select
        'factors' as input,
        count(mfa) as found
    from {{ ref('int_logins__identified') }}
    union all
    select
        'devices' as input,
        count(device_id) as found
    from {{ ref('int_sightings__placed') }}
    union all
    select
        'digests' as input,
        count(*) as found
    from {{ ref('stg_aws_cloudtrail__digests') }}
),

-- A quiet month has no incident and no request; a month without the other inputs is not audited.
present as (
    select
        counted.input,
        counted.found > 0 or count(sources.source_name) > 0 as is_present,
        counted.input not in ('incidents', 'requests') as is_required
    from counted
    left outer join sources
        on counted.input in ('incidents', 'requests', 'logs')
        and (
            counted.input = sources.kind
            or (counted.input = 'incidents' and sources.type = 'pagerduty')
        )
    group by counted.input, counted.found
)

select * from present
