{{ config(materialized='table') }}
{%- set parts, kept = ref('int_sessions__parts'), kept_rows('int_sessions__built') %}

{% if kept -%}
-- Else DuckDB keeps what is read more than once, whole.
with parts as not materialized (
    select
        *,
        first_event['account'] as account
    from {{ parts }}
),

kept as not materialized (
    select * from {{ kept }}
),

sightings as (
    select * from {{ ref('int_sightings__parts') }}
),

replaced as (
    select * from {{ ref('int_days__replaced') }}
),

run as (
    select * from {{ ref('int_run__current') }}
),

differing as (
    select * from {{ ref('int_sessions__differing') }}
),

names as (
    select * from differing
    where decides = 'name'
),

-- What came late may have made two sessions one: those that were there go as well.
reach as (
    select
        min(event_day) - interval '{{ var("session_limit_days") }} days' as since,
        max(event_day) + interval '1 day' as until
    from replaced
),

changed as (
    select session_id from parts
    where event_day in (select replaced.event_day from replaced)
    union
    select kept.session_id
    from kept
    inner join reach on kept.started_at < reach.until and kept.ended_at >= reach.since
    union
    select kept.session_id
    from kept
    cross join run
    where
        kept.end_source = 'open'
        or kept.ended_at > run.until - interval '{{ var("open_session_hours") }} hours'
    {%- for column in ('account', 'resource_name', 'resource_scope') %}
    union
    select parts.session_id
    from parts
    semi join names on parts.system = names.subject and parts.{{ column }} = names.name
    {%- endfor %}
    union
    select sightings.session_id
    from sightings
    semi join differing on differing.decides = 'address' and sightings.source_ip = differing.name
    union
    select kept.session_id
    from kept
    semi join differing
        on kept.engineer_id = differing.subject
        and kept.started_at < differing.ended_at
        and greatest(kept.ended_at, kept.started_at + interval '1 microsecond')
        > differing.started_at
        and differing.decides in ('window', 'cause', 'duty')
    union
    select kept.session_id
    from kept
    semi join differing
        on differing.decides = 'own windows'
        and kept.engineer_id = differing.subject
        and kept.service = differing.name
),

-- As one list, for DuckDB takes them for many, and would make ready all that are kept instead.
named as (
    select unnest(list(session_id)) as session_id
    from changed
),

were as (
    select
        kept.session_id,
        kept.started_at
    from kept
    semi join named on kept.session_id = named.session_id
)

select
    changed.session_id,
    cast(were.started_at as date) as was_on
from changed
left outer join were on changed.session_id = were.session_id
{%- else -%}
-- {{ ref('int_sightings__parts') }} {{ ref('int_days__replaced') }} {{ ref('int_run__current') }}
-- {{ ref('int_sessions__differing') }} matter where something is kept.
with parts as (
    select * from {{ parts }}
)

select distinct
    session_id,
    cast(null as date) as was_on
from parts
{%- endif %}
