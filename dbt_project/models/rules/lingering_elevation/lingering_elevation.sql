with uncovered as (
    select * from {{ ref('int_entitlements__uncovered') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

lingering as (
    select
        uncovered.*,
        coalesce(engineers.name, uncovered.engineer_id) as engineer_name,
        date_diff('second', uncovered.shift_ended_at, uncovered.last_uncovered_at) as seconds_after,
        {{ duration_words('seconds_after') }} as after_words
    from uncovered
    left outer join engineers on uncovered.engineer_id = engineers.engineer_id
    where uncovered.shift_ended_at is not null
),

findings as (
    select
        'lingering_elevation' as rule_id,
        null as severity,
        engineer_id,
        account,
        system,
        resource_id,
        resource_name,
        permission,
        null as service,
        null as session_id,
        shift_ended_at as started_at,
        last_uncovered_at as ended_at,
        1.0 as score,
        engineer_name || ' still held ' || permission || ' on ' || resource_id || ' (' || system
        || ') ' || after_words || ' after the shift that gave it ended at '
        || {{ moment('shift_ended_at') }}
        || ': no next shift, no role, no exception and no approved request gives it.' as summary,
        json_object(
            'shift_end', shift_ended_at,
            'hours_after', round(seconds_after / 3600.0, 1),
            'snapshots_seen', snapshots_seen,
            'granted_via', granted_via
        ) as evidence,
        null as raw_file,
        null as raw_line
    from lingering
)

select * from findings
