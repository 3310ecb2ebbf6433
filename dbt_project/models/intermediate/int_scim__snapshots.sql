with users as (
    select * from {{ ref('stg_scim__users') }}
)

-- All pages of one reading have its time: together they are one snapshot.
select
    'directory' as kind,
    source_name,
    system,
    observed_at,
    count(*) as records
from users
group by source_name, system, observed_at
