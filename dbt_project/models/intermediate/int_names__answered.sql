with asked as (
    select * from {{ ref('int_names__asked') }}
),

held as (
    select * from {{ ref('int_accounts__held') }}
),

serving as (
    select * from {{ ref('int_accounts__serving') }}
),

targets as (
    select * from {{ ref('int_targets__resolved') }}
),

answers as (
    select
        asked.*,
        held.valid_from,
        held.valid_until,
        concat_ws(chr(31), coalesce(held.engineer_id, ''), held.kind) as answer
    from asked
    inner join held
        on asked.system = held.system and {{ account_key('asked.name') }} = held.account
    where asked.question = 'holder'
    union all
    select
        'service' as question,
        system,
        account as name,
        valid_from,
        valid_until,
        'yes' as answer
    from serving
    union all
    select
        'target' as question,
        system,
        name,
        valid_from,
        valid_until,
        concat_ws(chr(31), resource_id, coalesce(service, ''), tier) as answer
    from targets
),

-- Each answer from when on, and none from when it ends; nothing is known of a name at first.
turns as (
    select
        * exclude (valid_from, valid_until),
        unnest([coalesce(valid_from, timestamp '-infinity'), valid_until]) as turned_at,
        unnest([answer, null]) as turned_to
    from answers
    union all
    select
        *,
        null as answer,
        timestamp '-infinity' as turned_at,
        null as turned_to
    from asked
)

-- Where one answer begins as another ends, it is the answer.
select
    question,
    system,
    name,
    turned_at,
    max(turned_to) as answer
from turns
where turned_at < timestamp 'infinity'
group by question, system, name, turned_at
