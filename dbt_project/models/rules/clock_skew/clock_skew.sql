with skewed as (
    select * from {{ ref('int_clocks__skewed') }}
),

early as (
    select * from {{ ref('int_deliveries__early') }}
),

told as (
    select
        system,
        resource_id,
        resource_name,
        service,
        started_at,
        ended_at,
        offset_seconds,
        pairs,
        'The clock of ' || resource_name || ' (' || system || ') was '
        || {{ duration_words('abs(offset_seconds)') }}
        || if(offset_seconds > 0, ' ahead of ', ' behind ') || reference_system || ' from '
        || {{ moment('started_at') }} || ' to ' || {{ moment('ended_at') }} || ': ' || pairs
        || ' log-ins and the sessions of the same certificates differ by more than '
        || '{{ var("clock_skew_seconds") }} s (median).' as summary,
        json_object(
            'offset', round(offset_seconds, 1), 'pairs', pairs, 'compared_with', reference_system
        ) as evidence,
        raw_file,
        raw_line
    from skewed
    union all
    select
        system,
        null as resource_id,
        source_name as resource_name,
        null as service,
        cast(event_day as timestamp) as started_at,
        last_at as ended_at,
        offset_seconds,
        files as pairs,
        'Records of ' || event_day || ' of the source ' || source_name || ' (' || system
        || ') are up to ' || {{ duration_words('offset_seconds') }} || ' later than the arrival of '
        || 'the file that holds them (' || files || if(files = 1, ' file', ' files')
        || '): a clock is wrong, or they were changed.' as summary,
        json_object(
            'offset', round(offset_seconds, 1), 'pairs', files, 'compared_with', 'arrival',
            'event_ids', [event_id]
        ) as evidence,
        raw_file,
        null as raw_line
    from early
),

findings as (
    select
        'clock_skew' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        system,
        resource_id,
        resource_name,
        null as permission,
        service,
        null as session_id,
        started_at,
        ended_at,
        abs(offset_seconds) as score,
        summary,
        evidence,
        raw_file,
        raw_line
    from told
)

select * from findings
