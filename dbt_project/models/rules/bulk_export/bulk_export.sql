with exports as (
    select * from {{ ref('int_exports__told') }}
),

sessions as (
    select
        session_id,
        engineer_id,
        account,
        system,
        resource_id,
        service,
        who_acted,
        target,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as exports,
        string_agg(distinct table_names, ', ' order by table_names) as table_names,
        string_agg(distinct statement_class, ', ' order by statement_class) as statement_class,
        list(event_id order by occurred_at, event_id)[:20] as event_ids,
        arg_min(resource_name, (occurred_at, event_id)) as resource_name,
        arg_min(told, (occurred_at, event_id)) as first_told,
        arg_min(raw_file, (occurred_at, event_id)) as raw_file,
        arg_min(raw_line, (occurred_at, event_id)) as raw_line
    from exports
    group by all
),

findings as (
    select
        'bulk_export' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        null as permission,
        service,
        session_id,
        started_at,
        ended_at,
        cast(exports as double) as score,
        who_acted || ' took data out in bulk from ' || target || ' (' || system || '), ' || exports
        || ' time(s) from ' || {{ moment('started_at') }} || coalesce(': ' || table_names, '')
        || ' by ' || statement_class
        || coalesce(', "' || nullif(left(first_told, 120), '') || '"', '')
        || ': no count and no limit bounds it.' as summary,
        json_object(
            'table', table_names,
            'statement_class', statement_class,
            'statements', exports,
            'first', first_told,
            'event_ids', event_ids
        ) as evidence,
        raw_file,
        raw_line
    from sessions
)

select * from findings
