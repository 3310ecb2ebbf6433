{{ config(materialized='table') }}

with classed as (
    select * from {{ ref('int_actions__classed') }}
),

patterns as (
    select * from {{ ref('stg_policy__sensitive_commands') }}
),

sessions as (
    select * from {{ ref('int_sessions__audited') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

-- A pattern of today makes no question of what was done before the policy said so.
asked as (
    select distinct
        classed.event_id,
        classed.pattern_name
    from classed
    inner join patterns
        on classed.pattern_name = patterns.name
        and classed.system glob patterns.system_glob
        and {{ is_valid_at('patterns', 'classed.occurred_at') }}
        and regexp_matches(classed.told, patterns.pattern)
        and not coalesce(regexp_matches(classed.told, patterns.unless), false)
),

-- Only what nobody in particular did stands outside all sessions.
sessioned as (
    select
        classed.* exclude (account, resource_name),
        sessions.engineer_id,
        sessions.resource_id,
        sessions.service,
        coalesce(sessions.account, classed.account) as account,
        coalesce(sessions.account_kind, 'unknown') = 'service' as is_program,
        coalesce(classed.resource_name, sessions.resource_name, classed.resource_scope)
            as resource_name,
        coalesce(
            engineers.name, sessions.engineer_id, sessions.account, classed.account, 'Somebody'
        ) as who_acted,
        coalesce(sessions.resource_id, classed.resource_name, classed.resource_scope, 'the system')
            as target
    from classed
    left outer join asked
        on classed.event_id = asked.event_id and classed.pattern_name = asked.pattern_name
    left outer join sessions on classed.session_id = sessions.session_id
    left outer join engineers on sessions.engineer_id = engineers.engineer_id
    where classed.pattern_name is null or asked.event_id is not null
)

select
    event_id,
    event_day,
    occurred_at,
    system,
    account,
    resource_name,
    session_id,
    class,
    pattern_name,
    action,
    told,
    statement_class,
    raw_file,
    raw_line,
    engineer_id,
    resource_id,
    service,
    is_program,
    who_acted,
    target
from sessioned
