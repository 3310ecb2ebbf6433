{{ config(materialized='table') }}

with requests as (
    select * from {{ ref('int_requests__seen') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

resources as (
    select * from {{ ref('stg_policy__resources') }}
),

names as (
    select * from {{ ref('int_resources__named') }}
),

latest as (
    select *
    from requests
    qualify
        row_number() over (
            partition by request_id
            order by observed_at desc, source_name asc, event_key asc
        ) = 1
),

-- The longest pattern says most about a name; the resource's own name needs no pattern.
targets as (
    select
        latest.request_id,
        coalesce(
            min(resources.resource_id),
            min_by(names.resource_id, (-length(names.name_glob), names.resource_id))
        ) as resource_id
    from latest
    left outer join resources
        on latest.resource_name = resources.resource_id
        and {{ is_valid_at('resources', 'latest.requested_at') }}
    left outer join names
        on latest.resource_name glob names.name_glob
        and {{ is_valid_at('names', 'latest.requested_at') }}
    group by latest.request_id
),

unioned as (
    select
        latest.request_id,
        requester.engineer_id,
        approver.engineer_id as approver_id,
        targets.resource_id,
        latest.permission,
        case
            when lower(latest.status) in ('approve', 'granted', 'active', 'fulfilled', 'completed')
                then 'approved'
            when lower(latest.status) in ('deny', 'rejected', 'declined') then 'denied'
            else lower(latest.status)
        end as status,
        coalesce(latest.started_at, latest.requested_at) as started_at,
        latest.ended_at,
        latest.reason,
        latest.requester,
        latest.approver,
        latest.resource_name,
        latest.requested_at
    from latest
    inner join targets on latest.request_id = targets.request_id
    left outer join people as requester
        on {{ account_key('latest.requester') }} = requester.name_key
    left outer join people as approver
        on {{ account_key('latest.approver') }} = approver.name_key
)

select * from unioned
