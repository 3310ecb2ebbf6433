with shared as (
    select
        *,
        row_number() over (order by session_id, source_ip, subject) as row_id
    from {{ ref('int_accounts__shared') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

users as (
    select
        row_id,
        unnest(people) as engineer_id
    from shared
),

named as (
    select
        users.row_id,
        string_agg(
            coalesce(engineers.name, users.engineer_id), ', ' order by users.engineer_id
        ) as names
    from users
    left outer join engineers on users.engineer_id = engineers.engineer_id
    group by users.row_id
),

told as (
    select
        shared.*,
        named.names
    from shared
    inner join named on shared.row_id = named.row_id
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
        cast(len(people) as double) as score,
        'The ' || subject || ' was used by or belongs to ' || len(people) || ' people ('
        || names || ') within {{ var("shared_account_hours") }} h, last by '
        || account || ' (' || system || ') on ' || {{ moment('first_at') }} || ' from '
        || {{ origin_words('told') }}
        || ': told apart by their keys, else by addresses that only one of them has.' as summary,
        json_object(
            'people', people, 'keys', keys, 'subject', subject, 'source', source_ip
        ) as evidence,
        raw_file,
        raw_line
    from told
)

select * from findings
