with changed as (
    select * from {{ ref('int_digests__changed') }}
),

missing as (
    select * from {{ ref('int_digests__missing') }}
),

broken as (
    select * from {{ ref('int_digests__broken') }}
),

failed as (
    select * from changed
    union all by name
    select * from missing
    union all by name
    select * from broken
),

told as (
    select
        *,
        case fault
            when 'rewritten'
                then
                    'The log file ' || resource_name || ' is not what AWS delivered: its text has '
                    || 'another SHA-256 than its digest tells'
            when 'missing'
                then
                    files || if(files = 1, ' log file', ' log files') || ' of ' || resource_name
                    || ' that AWS delivered and its digests name are not there, under no name'
            else
                'The chain of digests of the source ' || source_name || ' breaks at '
                || {{ moment('started_at') }} || ': the digest ' || resource_name
                || case fault
                    when 'absent' then ' is not there'
                    when 'changed' then ' has another SHA-256 than the next one tells'
                    else ' was signed with none of the keys that AWS tells'
                end || ', so nothing vouches for the log files that it names'
        end || coalesce(
            '; what happened from ' || {{ moment('oldest_at') }} || ' to '
            || {{ moment('newest_at') }} || ' is not proved', ''
        ) || '.' as summary
    from failed
),

findings as (
    select
        'log_digest_failed' as rule_id,
        null as severity,
        null as engineer_id,
        null as account,
        system,
        null as resource_id,
        resource_name,
        null as permission,
        null as service,
        null as session_id,
        started_at,
        ended_at,
        files as score,
        summary,
        json_object(
            'expected', expected,
            'actual', actual,
            'digest', digest_name,
            'source_name', source_name
        ) as evidence,
        raw_file,
        raw_line
    from told
)

select * from findings
