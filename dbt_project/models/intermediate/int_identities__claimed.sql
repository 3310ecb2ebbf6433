with spanned as (
    select * from {{ ref('int_accounts__spanned') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

departures as (
    select * from {{ ref('int_engineers__left') }}
),

ordered as (
    select
        *,
        count(*) over claims > 1 as has_earlier,
        lead(first_seen_at) over claims as next_claimed_at
    from spanned
    window claims as (
        partition by source_name, system, account order by first_seen_at, engineer_id, kind
    )
),

-- An account that nobody had before may have been in use since the snapshot before, and a
-- newcomer's since the first day. A leaver's stays the leaver's, so that later use is seen as such.
claimed as (
    select
        ordered.system,
        ordered.account,
        ordered.engineer_id,
        ordered.kind,
        case
            when ordered.has_earlier then ordered.first_seen_at
            when ordered.first_ordinal = 1
                then least(
                    ordered.first_seen_at,
                    coalesce(engineers.started_at, timestamp '1970-01-01')
                )
            when ordered.first_ordinal = ordered.holder_ordinal
                then least(ordered.previous_at, engineers.started_at)
            else ordered.previous_at
        end as valid_from,
        case
            when departures.engineer_id is not null then ordered.next_claimed_at
            else ordered.removed_at
        end as valid_until
    from ordered
    left outer join engineers on ordered.engineer_id = engineers.engineer_id
    left outer join departures
        on ordered.engineer_id = departures.engineer_id
        and ordered.removed_at >= departures.ended_at
        and ordered.removed_at < coalesce(departures.returned_at, timestamp 'infinity')
)

select * from claimed
