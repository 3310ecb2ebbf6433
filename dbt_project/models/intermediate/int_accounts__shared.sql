{{ config(materialized='table') }}

with uses as (
    select * from {{ ref('int_accounts__used') }}
),

wanted as (
    select subject
    from uses
    group by subject
    having count(distinct person) > 1 or bool_or(person <> holder_id)
),

watched as (
    select uses.*
    from uses
    semi join wanted on uses.subject = wanted.subject
),

-- Whoever uses a key that is another's shares it with them.
shared as (
    select
        later.session_id,
        later.source_ip,
        later.subject,
        min(earlier.first_at) as since,
        list_sort(
            list_distinct(list_concat(list(earlier.person), list(earlier.holder_id)))
        ) as people,
        list_sort(list_distinct(list(earlier.device_id))) as keys
    from watched as later
    inner join watched as earlier
        on later.subject = earlier.subject
        and later.first_at >= earlier.first_at
        and later.first_at <= earlier.first_at + interval '{{ var("shared_account_hours") }} hours'
    where later.holder_id is null or later.person <> later.holder_id
    group by later.session_id, later.source_ip, later.subject
),

told as (
    select
        watched.*,
        shared.since,
        shared.people,
        shared.keys
    from watched
    inner join shared
        on watched.session_id = shared.session_id
        and watched.source_ip = shared.source_ip
        and watched.subject = shared.subject
    where len(shared.people) > 1
)

select
    {{ sighting_columns() }},
    subject,
    since,
    people,
    keys
from told
