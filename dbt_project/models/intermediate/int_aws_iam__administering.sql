with policies as (
    select * from {{ ref('stg_aws_iam__policies') }}
),

principals as (
    select * from {{ ref('stg_aws_iam__principals') }}
),

inline_policies as (
    select unnest(from_json(try_cast(inline_policies as json), '["JSON"]')) as policy
    from principals
),

documents as (
    select distinct
        arn as policy_key,
        try_cast(document as json) as document
    from policies
    union
    -- A document written as text inside the JSON is read as well.
    select distinct
        md5(policy::varchar) as policy_key,
        case json_type(policy -> '$.PolicyDocument')
            when 'VARCHAR' then try_cast(policy ->> '$.PolicyDocument' as json)
            else policy -> '$.PolicyDocument'
        end as document
    from inline_policies
),

-- A document holds one statement or a list of them, and each names one thing or a list.
statements as (
    select
        policy_key,
        unnest(
            case json_type(document -> '$.Statement')
                when 'ARRAY' then from_json(document -> '$.Statement', '["JSON"]')
                else [document -> '$.Statement']
            end
        ) as statement
    from documents
),

administering as (
    select distinct policy_key
    from statements
    where
        statement ->> '$.Effect' = 'Allow'
        and (
            statement ->> '$.Action' in ('*', '*:*')
            or json_contains(statement -> '$.Action', '"*"')
            or json_contains(statement -> '$.Action', '"*:*"')
        )
        and (
            statement ->> '$.Resource' = '*'
            or json_contains(statement -> '$.Resource', '"*"')
        )
)

select * from administering
