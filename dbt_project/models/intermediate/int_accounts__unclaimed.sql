with seen as (
    select * from {{ ref('int_accounts__seen') }}
),

held as (
    select * from {{ ref('int_accounts__held') }}
),

serving as (
    select * from {{ ref('int_accounts__serving') }}
),

owned as (
    select seen.*
    from seen
    semi join held
        on (held.engineer_id is not null or held.kind <> 'unknown')
        and seen.system = held.system
        and {{ account_key('seen.account') }} = held.account
        and seen.event_day >= held.valid_from
        and seen.event_day + interval '1 day' <= held.valid_until
),

-- What the directory says of an account comes before what its name says.
served as (
    select seen.*
    from seen
    semi join serving
        on seen.system = serving.system
        and seen.account = serving.account
        and seen.event_day >= coalesce(serving.valid_from, timestamp '-infinity')
        and seen.event_day + interval '1 day'
        <= coalesce(serving.valid_until, timestamp 'infinity')
    anti join held
        on seen.system = held.system and {{ account_key('seen.account') }} = held.account
)

select
    event_day,
    system,
    account
from seen
except
select
    event_day,
    system,
    account
from owned
except
select
    event_day,
    system,
    account
from served
