with deliveries as (
    select * from {{ ref('int_deliveries__timed') }}
),

ordered as (
    select
        *,
        sum(records) over (partition by source_name, event_day) as day_records,
        sum(records) over (
            partition by source_name, event_day
            order by late_hours desc nulls last, raw_file asc
        ) as at_least_as_late
    from deliveries
),

-- Single records come late by a retry: the hundredth part of a day may.
days as (
    select
        source_name,
        system,
        event_day,
        max(late_hours) filter (where at_least_as_late > day_records / 100.0) as lateness,
        sum(records) filter (where late_hours > {{ var('log_late_hours') }}) as late_records,
        any_value(day_records) as day_records,
        arg_max(delivered_after, (late_hours, raw_file)) as delivered_after,
        arg_max(raw_file, (late_hours, raw_file)) as raw_file
    from ordered
    group by all
),

late as (
    select * from days
    where lateness > {{ var('log_late_hours') }}
),

findings as (
    select
        'log_late' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        system,
        null as resource_id,
        source_name as resource_name,
        null as permission,
        null as service,
        null as session_id,
        cast(event_day as timestamp) as started_at,
        event_day + interval '1 day' as ended_at,
        lateness as score,
        late_records || ' of ' || day_records || ' records of ' || event_day || ' of the source '
        || source_name || ' (' || system || ') were delivered more than '
        || {{ var('log_late_hours') }} || ' h after that day, the latest not before '
        || {{ moment('delivered_after') }} || ': until then nobody could judge it.' as summary,
        json_object(
            'lateness', round(lateness, 1),
            'late_records', late_records,
            'day_records', day_records,
            'delivered_after', delivered_after
        ) as evidence,
        raw_file,
        1 as raw_line
    from late
)

select * from findings
