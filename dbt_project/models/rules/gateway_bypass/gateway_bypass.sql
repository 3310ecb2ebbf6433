with ungated as (
    select * from {{ ref('int_sessions__ungated') }}
),

devices as (
    select * from {{ ref('int_devices__held') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

owners as (
    select
        ungated.session_id,
        ungated.source_ip,
        min(devices.engineer_id) as key_owner
    from ungated
    inner join devices
        on ungated.device_id = devices.device_id
        and ungated.first_at >= devices.valid_from
        and ungated.first_at < devices.valid_until
    group by ungated.session_id, ungated.source_ip
),

findings as (
    select
        'gateway_bypass' as rule_id,
        null as severity,
        ungated.engineer_id,
        ungated.account,
        ungated.system,
        ungated.resource_id,
        ungated.resource_name,
        null as permission,
        ungated.service,
        ungated.session_id,
        ungated.started_at,
        ungated.ended_at,
        null as score,
        coalesce(engineers.name, ungated.account) || ' reached '
        || ungated.resource_id || ' (' || ungated.system || ') on '
        || {{ moment('ungated.started_at') }} || ' from ' || {{ origin_words('ungated') }} || ': '
        || coalesce(nullif(concat_ws(
            ' and ',
            if(ungated.is_elsewhere, 'that is no address of ' || ungated.gateways, null),
            if(
                ungated.is_unattended, 'there is no session of theirs on it in '
                || ungated.gateways || ' within {{ var("gateway_minutes") }} min', null
            )
        ), ''), 'none of ' || ungated.gateways || ' has both its address and its session')
        || '.' as summary,
        json_object(
            'gateway_checked', ungated.gateways, 'is_elsewhere', ungated.is_elsewhere,
            'is_unattended', ungated.is_unattended, 'key_owner', owners.key_owner,
            'source', ungated.source_ip
        ) as evidence,
        ungated.raw_file,
        ungated.raw_line
    from ungated
    left outer join engineers on ungated.engineer_id = engineers.engineer_id
    left outer join owners
        on ungated.session_id = owners.session_id and ungated.source_ip = owners.source_ip
)

select * from findings
