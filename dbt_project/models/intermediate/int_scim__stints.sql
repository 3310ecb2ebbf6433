{{ config(materialized='table') }}

with users as (
    select * from {{ ref('stg_scim__users') }}
),

-- Who has several accounts is there as long as one of them is active.
seen as (
    select
        source_name,
        engineer_id,
        observed_at,
        bool_or(is_active) as is_active,
        min(created_at) as created_at,
        max(modified_at) as modified_at
    from users
    group by all
),

followed as (
    select
        *,
        lag(is_active) over history as was_active,
        lag(observed_at) over history as previous_at
    from seen
    window history as (partition by source_name, engineer_id order by observed_at)
),

-- When somebody was deactivated no directory says; the last change of the first snapshot that has
-- them so is not before that. They are back no sooner than the last one that has them so still.
turned as (
    select
        *,
        case when is_active and not was_active then previous_at end as returned_at,
        case
            when is_active or not coalesce(was_active, true) then null
            when modified_at > coalesce(previous_at, timestamp '-infinity')
                then least(modified_at, observed_at)
            else observed_at
        end as left_at
    from followed
),

numbered as (
    select
        *,
        count(returned_at) over (
            partition by source_name, engineer_id order by observed_at
        ) as stint
    from turned
),

stints as (
    select
        source_name,
        engineer_id,
        observed_at,
        coalesce(
            max(returned_at) over stint_of_one,
            min(created_at) over (partition by source_name, engineer_id)
        ) as started_at,
        if(is_active, null, max(left_at) over stint_of_one) as ended_at
    from numbered
    window stint_of_one as (partition by source_name, engineer_id, stint)
)

select * from stints
