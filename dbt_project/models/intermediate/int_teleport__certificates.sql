with granting as (
    select * from {{ ref('int_teleport__granting') }}
),

accounts as (
    select * from {{ ref('int_accounts__held') }}
),

certificates as (
    select
        granting.event_id,
        granting.system,
        granting.certificate_user as account,
        accounts.engineer_id,
        granting.certificate_bot is not null
        or coalesce(accounts.kind = 'service', false) as is_bot,
        granting.occurred_at as issued_at,
        granting.expires_at,
        granting.raw_file,
        granting.raw_line
    from granting
    left outer join accounts
        on granting.system = accounts.system
        and {{ account_key('granting.certificate_user') }} = accounts.account
        and granting.occurred_at >= accounts.valid_from
        and granting.occurred_at < accounts.valid_until
    where
        granting.certificate_user is not null
        and coalesce(granting.certificate_type, 'user') = 'user'
)

select * from certificates
