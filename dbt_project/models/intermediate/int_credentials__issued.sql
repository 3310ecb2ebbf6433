with certificates as (
    select * from {{ ref('int_teleport__certificates') }}
),

requests as (
    select * from {{ ref('int_requests__approved') }}
),

temporary as (
    select * from {{ ref('int_entitlements__temporary') }}
),

issued as (
    select
        'certificate' as kind,
        event_id as credential_id,
        system,
        account,
        engineer_id,
        null as resource_id,
        null as permission,
        issued_at,
        expires_at,
        is_bot,
        raw_file,
        raw_line
    from certificates
    union all
    select
        'request' as kind,
        request_id as credential_id,
        null as system,
        requester as account,
        engineer_id,
        resource_id,
        permission,
        started_at as issued_at,
        ended_at as expires_at,
        false as is_bot,
        null as raw_file,
        null as raw_line
    from requests
    union all
    select
        'right' as kind,
        entitlement_id as credential_id,
        system,
        account,
        engineer_id,
        resource_id,
        permission,
        valid_from as issued_at,
        expires_at,
        account_kind = 'service' as is_bot,
        null as raw_file,
        null as raw_line
    from temporary
)

select * from issued
