with allowed as (
    select * from {{ ref('int_entitlements__allowed') }}
),

departures as (
    select * from {{ ref('int_engineers__left') }}
),

-- What a shift gives carries its grace; the time to hand it back counts from the shift's end.
ended as (
    select
        allowed.*,
        departures.engineer_id is not null as has_left,
        allowed.valid_from + interval '{{ var("grace_before_minutes") }} minutes'
            as shift_started_at,
        allowed.valid_until - interval '{{ var("grace_after_minutes") }} minutes'
            as shift_ended_at
    from allowed
    left outer join departures
        on allowed.engineer_id = departures.engineer_id
        and allowed.valid_until = departures.ended_at
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
            -- Rights outlive what gave them by the time that other rules allow for removal.
            when cause = 'request'
                then coalesce(
                    valid_until
                    + interval '{{ var("expired_after_hours") }} hours 1 microsecond',
                    timestamp 'infinity'
                )
            when has_left
                then valid_until + interval '{{ var("orphan_after_hours") }} hours 1 microsecond'
            else coalesce(valid_until, timestamp 'infinity')
        end as given_until
    from ended
)

select * from given
