with allowed as (
    select * from {{ ref('int_entitlements__allowed') }}
),

-- What a shift gives carries the grace of the shift; the time to hand it back counts from its end.
ended as (
    select
        *,
        valid_from + interval '{{ var("grace_before_minutes") }} minutes' as shift_started_at,
        valid_until - interval '{{ var("grace_after_minutes") }} minutes' as shift_ended_at
    from allowed
),

-- A snapshot taken exactly at the limit is in time.
given as (
    select
        engineer_id,
        resource_id,
        permission,
        cause,
        case when cause = 'shift' then shift_ended_at end as shift_ended_at,
        case
            when cause = 'shift'
                then least(
                    valid_from,
                    shift_started_at - interval '{{ var("lingering_after_hours") }} hours'
                )
            else coalesce(valid_from, timestamp '-infinity')
        end as given_from,
        case
            when cause = 'shift'
                then greatest(
                    valid_until,
                    shift_ended_at
                    + interval '{{ var("lingering_after_hours") }} hours 1 microsecond'
                )
            else coalesce(valid_until, timestamp 'infinity')
        end as given_until
    from ended
)

select * from given
