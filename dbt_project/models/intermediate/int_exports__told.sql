with actions as (
    select * from {{ ref('int_actions__sessioned') }}
    where class = 'bulk_export' and not is_program
),

tags as (
    select * from {{ ref('stg_policy__sensitive_tables') }}
),

named as (
    select
        event_id,
        resource_id,
        occurred_at,
        unnest(
            list_distinct(
                regexp_extract_all(
                    lower(replace(told, '"', '')),
                    '\b(?:from|join|table|copy)\s+(?:only\s+)?([a-z_][\w$.]*)', 1
                )
            )
        ) as table_name
    from actions
),

tagged as (
    select
        named.event_id,
        string_agg(distinct named.table_name, ', ' order by named.table_name) as table_names,
        bool_or(tags.resource_id is not null) as is_tagged
    from named
    left outer join tags
        on named.resource_id = tags.resource_id
        and {{ is_valid_at('tags', 'named.occurred_at') }}
        and (
            named.table_name glob tags.table_glob
            or regexp_extract(named.table_name, '[^.]*$') glob tags.table_glob
        )
    group by named.event_id
),

-- To read a whole table is no export unless the inventory says that it must not be.
told as (
    select
        actions.*,
        tagged.table_names
    from actions
    left outer join tagged on actions.event_id = tagged.event_id
    where actions.statement_class <> 'unbounded_select' or tagged.is_tagged
)

select
    event_id,
    event_day,
    occurred_at,
    system,
    account,
    resource_name,
    session_id,
    told,
    statement_class,
    raw_file,
    raw_line,
    engineer_id,
    resource_id,
    service,
    who_acted,
    target,
    table_names
from told
