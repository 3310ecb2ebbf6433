with sprays as (
    select * from {{ ref('int_logins__sprayed') }}
),

failures as (
    select * from {{ ref('int_logins__refused') }}
),

addresses as (
    select * from {{ ref('int_addresses__located') }}
),

sprayed as (
    select
        sprays.source_ip,
        min(failures.occurred_at) as started_at,
        max(failures.occurred_at) as ended_at,
        count(distinct failures.person) as people,
        sum(failures.tries) as tries,
        string_agg(distinct failures.system, ', ' order by failures.system) as systems,
        list_sort(list(distinct failures.account))[1:20] as accounts,
        arg_min(
            struct_pack(
                system := failures.system,
                raw_file := failures.raw_file,
                raw_line := failures.raw_line
            ),
            (failures.occurred_at, failures.event_id)
        ) as first_event,
        (list(failures.event_id order by failures.occurred_at, failures.event_id))[1:20]
            as event_ids
    from sprays
    inner join failures
        on sprays.source_ip = failures.source_ip
        and sprays.since <= failures.occurred_at
        and sprays.until >= failures.occurred_at
    group by sprays.source_ip, sprays.since, sprays.until
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
            'systems', sprayed.systems, 'source', sprayed.source_ip, 'event_ids', sprayed.event_ids,
            'asn', addresses.asn, 'country', addresses.country
        ) as evidence,
        sprayed.first_event['raw_file'] as raw_file,
        sprayed.first_event['raw_line'] as raw_line
    from sprayed
    left outer join addresses
        on sprayed.source_ip = addresses.address
        and {{ is_valid_at('addresses', 'sprayed.started_at') }}
)

select * from findings
