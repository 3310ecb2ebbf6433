with requests as (
    select * from {{ ref('int_requests__seen') }}
),

events as (
    select * from {{ ref('int_teleport__granting') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

service_accounts as (
    select * from {{ ref('stg_policy__service_accounts') }}
),

-- Whoever ever approved has approved, whatever a later export says of it.
listed as (
    select
        system,
        request_id,
        unnest(from_json(try_cast(reviews as json), '["JSON"]')) as entry
    from requests
),

reviews as (
    select
        system,
        request_id,
        approver as reviewer,
        null::timestamp as reviewed_at,
        null as rule_name
    from requests
    where approver is not null
    union
    select
        system,
        request_id,
        coalesce(entry ->> '$.on_behalf_of', entry ->> '$.reviewer', entry ->> '$') as reviewer,
        timezone('UTC', try_cast(entry ->> '$.reviewed_at' as timestamptz)) as reviewed_at,
        entry ->> '$.rule' as rule_name
    from listed
    where coalesce(lower(entry ->> '$.decision'), 'approved') in ('approve', 'approved')
    union
    -- A program that reviews for somebody names whom; its rule it names in what it says.
    select
        system,
        request_id,
        coalesce(delegator, reviewer) as reviewer,
        occurred_at as reviewed_at,
        nullif(regexp_extract(reason, '''([^'']+)'' access monitoring rule', 1), '') as rule_name
    from events
    where event = 'access_request.review' and upper(proposed_state) = 'APPROVED'
),

reviewed as (
    select
        reviews.system,
        reviews.request_id,
        reviews.reviewer,
        people.engineer_id as reviewer_id,
        reviews.reviewed_at,
        reviews.rule_name,
        people.engineer_id is null
        and (starts_with(reviews.reviewer, '@') or service_accounts.account_glob is not null)
            as is_program
    from reviews
    left outer join people on {{ account_key('reviews.reviewer') }} = people.name_key
    left outer join service_accounts
        on reviews.system glob service_accounts.system_glob
        and reviews.reviewer glob service_accounts.account_glob
        and {{ is_valid_at('service_accounts', 'reviews.reviewed_at') }}
)

select distinct * from reviewed
