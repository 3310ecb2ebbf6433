with added as (
    select * from {{ ref('int_entitlements__added') }}
),

requests as (
    select * from {{ ref('int_requests__recorded') }}
),

actions as (
    select * from {{ ref('stg_control__actions') }}
    where action in ('grant applied', 'grant verified')
),

-- For a program somebody else asks: then the way of the grant has to name the request. The clocks
-- of two systems may be minutes apart.
matched as (
    select
        added.entitlement_id,
        requests.request_id,
        coalesce(requests.approved_at <= added.valid_from + interval '5 minutes', true)
        and coalesce(requests.started_at <= added.first_seen_at, true)
        and coalesce(
            requests.ended_at > if(
                added.valid_from < added.first_seen_at, added.valid_from, added.previous_at
            ), true
        ) as is_in_time,
        coalesce(
            requests.unrecorded_at
            <= added.valid_from + interval '{{ var("request_recorded_hours") }} hours', true
        ) as is_known
    from added
    inner join requests
        on added.resource_id = requests.resource_id
        and coalesce(requests.permission, '*') in ('*', added.permission)
        and (
            added.engineer_id = requests.engineer_id
            or (added.engineer_id is null and contains(added.granted_via, requests.request_id))
        )
    union all
    -- What access control granted stands in a plan that somebody approved.
    select
        added.entitlement_id,
        'plan ' || left(actions.plan_sha256, 12) as request_id,
        true as is_in_time,
        true as is_known
    from added
    inner join actions
        on added.system = actions.system
        and added.account = actions.account
        and added.permission = actions.permission
        and added.resource_id is not distinct from actions.resource_id
        and added.first_seen_at >= actions.acted_at
        and added.previous_at < actions.acted_at
),

requested as (
    select
        entitlement_id,
        bool_or(is_in_time and is_known) as is_approved,
        min(request_id) filter (where is_in_time) as unknown_request_id,
        string_agg(distinct request_id, ', ' order by request_id) as requests_checked
    from matched
    group by entitlement_id
)

select * from requested
