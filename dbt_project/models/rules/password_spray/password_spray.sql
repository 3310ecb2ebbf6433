with sprayed as (
    select * from {{ ref('int_logins__sprayed') }}
),

addresses as (
    select * from {{ ref('int_addresses__located') }}
),

findings as (
    select
        'password_spray' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        sprayed.first_event['system'] as system,
        null as resource_id,
        sprayed.source_ip as resource_name,
        null as permission,
        null as service,
        null as session_id,
        sprayed.started_at,
        sprayed.ended_at,
        cast(sprayed.people as double) as score,
        'From ' || sprayed.source_ip || coalesce(
            ' (' || nullif(concat_ws(', ', addresses.country, 'AS' || addresses.asn), '') || ')', ''
        ) || ' the log-ins of ' || sprayed.people || ' known accounts (' || sprayed.systems
        || ') failed from ' || {{ moment('sprayed.started_at') }} || ', '
        || sprayed.tries || ' times altogether and at most {{ var("spray_tries") }} each within '
        || '{{ var("spray_minutes") }} min; none of them got in from there.' as summary,
        json_object(
            'users', sprayed.people, 'tries', sprayed.tries, 'accounts', sprayed.accounts,
            'systems', sprayed.systems, 'source', sprayed.source_ip,
            'asn', addresses.asn, 'country', addresses.country
        ) as evidence,
        sprayed.first_event['raw_file'] as raw_file,
        sprayed.first_event['raw_line'] as raw_line
    from sprayed
    left outer join addresses on sprayed.source_ip = addresses.address
)

select * from findings
