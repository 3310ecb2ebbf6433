with shared as (
    select
        *,
        array_to_string(people, ', ') as names
    from {{ ref('int_accounts__shared') }}
),

findings as (
    select
        'shared_account' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        null as resource_id,
        null as resource_name,
        null as permission,
        null as service,
        session_id,
        since as started_at,
        first_at as ended_at,
        cast(length(people) as double) as score,
        'The ' || subject || ' was used by or belongs to ' || length(people) || ' people ('
        || names || ') within {{ var("shared_account_hours") }} h, last by '
        || account || ' (' || system || ') on ' || {{ moment('first_at') }} || ' from '
        || {{ origin_words('shared') }}
        || ': told apart by their keys, else by addresses that only one of them has.' as summary,
        json_object(
            'people', people, 'keys', keys, 'subject', subject, 'source', source_ip
        ) as evidence,
        raw_file,
        raw_line
    from shared
)

select * from findings
