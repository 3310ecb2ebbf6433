-- Names that the directory does not know are what scanners guess.
with logins as (
    select
        *,
        coalesce(engineer_id, account) as person
    from {{ ref('int_logins__identified') }}
    where
        source_ip is not null
        and (engineer_id is not null or account_kind in ('service', 'shared'))
),

-- Who gets in from there soon after had mistyped: an office at nine in the morning.
failures as (
    select tried.*
    from logins as tried
    anti join logins as entered
        on tried.source_ip = entered.source_ip
        and tried.person = entered.person
        and not entered.is_failure
        and tried.occurred_at <= entered.occurred_at
        and tried.occurred_at
        >= entered.occurred_at - interval '{{ var("spray_minutes") }} minutes'
    where tried.is_failure
)

select
    event_id,
    occurred_at,
    system,
    account,
    source_ip,
    raw_file,
    raw_line,
    tries,
    person
from failures
