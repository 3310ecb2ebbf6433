with seen as (
    select * from {{ ref('int_names__seen') }}
),

asked as (
    select distinct
        unnest(['holder', 'service']) as question,
        system,
        account as name
    from seen
    where account is not null
    union
    select
        'target' as question,
        system,
        unnest([resource_name, resource_scope]) as name
    from seen
)

select
    question,
    system,
    name
from asked
where name is not null
