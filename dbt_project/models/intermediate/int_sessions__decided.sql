{{ config(materialized='table') }}

-- Written once the tables kept by it are: what a build that failed did not take in still differs.
-- {{ ref('int_sessions__audited') }} {{ ref('int_sightings__placed') }}
-- {{ ref('int_logins__identified') }} {{ ref('int_sessions__baselined') }}
-- {{ ref('int_engineer_days__compared') }} {{ ref('int_sessions__hours_counted') }}
with deciding as (
    select * from {{ ref('int_sessions__deciding') }}
)

select
    decides,
    subject,
    name,
    started_at,
    ended_at,
    told
from deciding
