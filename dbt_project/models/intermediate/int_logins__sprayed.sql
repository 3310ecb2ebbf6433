{{ config(materialized='table') }}

with failures as (
    select * from {{ ref('int_logins__refused') }}
),

-- Each try counts for as long as the window lasts; so a sum tells the tries in it at any time.
changes as (
    select
        source_ip,
        person,
        occurred_at as moment,
        tries
    from failures
    union all
    select
        source_ip,
        person,
        occurred_at + interval '{{ var("spray_minutes") }} minutes' + interval '1 microsecond'
            as moment,
        -tries as tries
    from failures
),

counted as (
    select
        source_ip,
        person,
        moment,
        sum(sum(tries)) over (partition by source_ip, person order by moment)
        between 1 and {{ var('spray_tries') }} as is_tried
    from changes
    group by source_ip, person, moment
),

turned as (
    select
        source_ip,
        moment,
        is_tried::integer - coalesce(
            lag(is_tried::integer) over (partition by source_ip, person order by moment), 0
        ) as turn
    from counted
),

watched as (
    select
        source_ip,
        moment,
        sum(sum(turn)) over (partition by source_ip order by moment) as people
    from turned
    group by source_ip, moment
),

marked as (
    select
        *,
        people >= {{ var('spray_users') }} as is_spray,
        sum((people < {{ var('spray_users') }})::integer) over (
            partition by source_ip order by moment
        ) as island
    from watched
),

-- A spray that pauses for less than its window is one.
sprays as (
    select
        source_ip,
        min(moment) - interval '{{ var("spray_minutes") }} minutes' as since,
        max(moment) as until
    from marked
    where is_spray
    group by source_ip, island
)

select * from sprays
