{{ kept_by_day() }}

with events as (
    select * from {{ ref('int_events__sessioned') }}
),

-- Of every version of the policy, whatever its valid_until: the rules look at that.
patterns as (
    select distinct * exclude (valid_from, valid_until)
    from {{ ref('stg_policy__sensitive_commands') }}
),

done as (
    select
        *,
        coalesce(statement, object, '') as told
    from events
    where
        kind = 'action'
        and outcome = 'success'
        and {{ is_replaced() }}
),

-- Nearly nothing passes; what does is looked at closely, and it alone is kept in memory. All
-- sensitive patterns are one here, and a constant: one of a join is compiled for every row.
suspect as (
    select * from done
    where {{ may_have_class() }} or regexp_matches(told, {{ sensitive_pattern() }})
),

classed as (
    select
        *,
        {{ action_class() }} as class,
        null as pattern_name
    from suspect
),

sensitive as (
    select
        suspect.*,
        'sensitive' as class,
        patterns.name as pattern_name
    from suspect
    inner join patterns
        on suspect.system glob patterns.system_glob
        and regexp_matches(suspect.told, patterns.pattern)
        and not coalesce(regexp_matches(suspect.told, patterns.unless), false)
),

found as (
    select * from classed
    where class is not null
    union all
    select * from sensitive
),

judged as (
    select
        *,
        case when class = 'bulk_export' then {{ statement_class() }} end as statement_class
    from found
)

select
    event_id,
    event_day,
    occurred_at,
    system,
    account,
    resource_name,
    resource_scope,
    session_id,
    class,
    pattern_name,
    action,
    told,
    statement_class,
    raw_file,
    raw_line
from judged
where class <> 'bulk_export' or statement_class is not null
