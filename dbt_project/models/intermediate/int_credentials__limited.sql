with issued as (
    select * from {{ ref('int_credentials__issued') }}
),

limits as (
    select * from {{ ref('stg_policy__credential_limits') }}
),

-- The longest pattern says most about an account.
limited as (
    select
        issued.kind,
        issued.credential_id,
        issued.system,
        issued.account,
        issued.engineer_id,
        issued.resource_id,
        issued.permission,
        issued.issued_at,
        issued.expires_at,
        issued.is_bot,
        issued.raw_file,
        issued.raw_line,
        coalesce(
            max_by(
                limits.hours,
                (length(limits.account_glob), length(limits.system_glob), limits.hours)
            ),
            {{ var('credential_hours') }}
        ) as limit_hours
    from issued
    left outer join limits
        on issued.system glob limits.system_glob
        and issued.account glob limits.account_glob
        and {{ is_valid_at('limits', 'issued.issued_at') }}
    group by all
)

select * from limited
