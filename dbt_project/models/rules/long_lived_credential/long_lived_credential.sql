with limited as (
    select * from {{ ref('int_credentials__limited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- It takes a moment to issue a certificate, and its end is set before.
long_lived as (
    select
        limited.*,
        coalesce(engineers.name, limited.account) as who,
        date_diff('second', limited.issued_at, limited.expires_at) as seconds,
        {{ duration_words('seconds') }} as length_words,
        case limited.kind
            when 'certificate' then 'a certificate (' || limited.system || ')'
            when 'request' then 'a request (' || limited.credential_id || ')'
            else limited.permission || ' (' || limited.system || ')'
        end as thing
    from limited
    left outer join engineers on limited.engineer_id = engineers.engineer_id
    where
        limited.expires_at
        > limited.issued_at + to_milliseconds(cast(limited.limit_hours * 3600000 as bigint))
        + interval '5 seconds'
),

findings as (
    select
        'long_lived_credential' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        null as resource_name,
        permission,
        null as service,
        null as session_id,
        issued_at as started_at,
        expires_at as ended_at,
        round(seconds / 3600.0, 2) as score,
        who || ' got ' || thing || coalesce(' for ' || resource_id, '') || ' at '
        || {{ moment('issued_at') }} || ' that lasts ' || length_words || ', longer than the '
        || round(limit_hours, 1) || ' h that the policy allows the account'
        || if(kind = 'certificate', '.', ': no role, exception or shift gives it.') as summary,
        json_object(
            'ttl_hours', round(seconds / 3600.0, 2),
            'limit_hours', limit_hours,
            'kind', kind,
            'credential_id', credential_id,
            'expires_at', expires_at
        ) as evidence,
        raw_file,
        raw_line
    from long_lived
)

select * from findings
