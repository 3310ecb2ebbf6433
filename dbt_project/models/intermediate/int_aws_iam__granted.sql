with principals as (
    select * from {{ ref('stg_aws_iam__principals') }}
),

policies as (
    select * from {{ ref('int_aws_iam__attached') }}
),

administering as (
    select * from {{ ref('int_aws_iam__administering') }}
),

-- A user holds what is attached to the user, and what is attached to each of the user's groups.
holders as (
    select
        source_name,
        system,
        observed_at,
        arn as user_arn,
        name as account,
        last_used_at,
        'user' as kind,
        name
    from principals
    where kind = 'user'
    union all
    select
        source_name,
        system,
        observed_at,
        arn as user_arn,
        name as account,
        last_used_at,
        'group' as kind,
        unnest(from_json(try_cast(group_names as json), '["VARCHAR"]')) as name
    from principals
    where kind = 'user'
),

granted as (
    select
        holders.source_name,
        holders.system,
        holders.observed_at,
        holders.account,
        policies.account_id as resource_name,
        case when policies.is_inline then 'inline:' else '' end
        || (policies.policy ->> '$.PolicyName') as permission,
        case when holders.kind = 'group' then 'group:' || holders.name else 'direct' end
            as granted_via,
        administering.policy_key is not null as is_privileged,
        null::timestamp as granted_at,
        null::timestamp as expires_at,
        holders.last_used_at,
        null::varchar as granted_by,
        null::boolean as is_enabled
    from holders
    inner join policies
        on holders.source_name = policies.source_name
        and holders.observed_at = policies.observed_at
        and holders.kind = policies.kind
        and holders.name = policies.name
        and split_part(holders.user_arn, ':', 5) = policies.account_id
    left outer join administering
        on coalesce(policies.policy ->> '$.PolicyArn', md5(policies.policy::varchar))
        = administering.policy_key
)

select * from granted
