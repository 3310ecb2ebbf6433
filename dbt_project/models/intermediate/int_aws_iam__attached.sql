with principals as (
    select * from {{ ref('stg_aws_iam__principals') }}
),

attached as (
    select
        source_name,
        observed_at,
        kind,
        name,
        split_part(arn, ':', 5) as account_id,
        unnest(from_json(try_cast(attached_policies as json), '["JSON"]')) as policy,
        false as is_inline
    from principals
    union all
    select
        source_name,
        observed_at,
        kind,
        name,
        split_part(arn, ':', 5) as account_id,
        unnest(from_json(try_cast(inline_policies as json), '["JSON"]')) as policy,
        true as is_inline
    from principals
)

select * from attached
