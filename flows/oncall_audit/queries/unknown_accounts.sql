-- title: Accounts of nobody
-- question: Which accounts that the directory gives to nobody were used, where and how often?
-- logs: true
-- parameters: {}
select
    sessions.account,
    sessions.account_kind,
    sessions.system,
    coalesce(sessions.resource_id, sessions.resource_name) as resource,
    count(*) as sessions,
    sum(sessions.action_count)::bigint as actions,
    min(sessions.started_at) as first_at,
    max(sessions.started_at) as last_at
from sessions
where sessions.engineer_id is null
group by all
order by
    sessions.account_kind desc,
    count(*) desc,
    sessions.account nulls last,
    sessions.system,
    resource nulls last
