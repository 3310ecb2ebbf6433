with recorded as (
    select * from {{ ref('int_shifts__recorded') }}
),

-- What a snapshot lacked after its beginning was no shift yet until that snapshot.
proven as (
    select
        *,
        case
            when
                last_absent_at
                > started_at + interval '{{ var("retroactive_override_minutes") }} minutes'
                then least(last_absent_at, ended_at)
            else started_at
        end as in_time_from
    from recorded
),

parts as (
    select
        * exclude (started_at, ended_at),
        started_at,
        in_time_from as ended_at,
        true as is_retroactive
    from proven
    where in_time_from > started_at
    union all
    select
        * exclude (started_at, ended_at),
        in_time_from as started_at,
        ended_at,
        false as is_retroactive
    from proven
    where in_time_from < ended_at
),

dated as (
    select
        source_name,
        schedule_id,
        person,
        started_at,
        ended_at,
        schedule,
        level,
        recorded_at,
        origin,
        last_absent_at,
        is_retroactive
    from parts
)

select * from dated
