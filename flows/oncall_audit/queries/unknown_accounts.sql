-- title: Accounts of nobody
-- question: Which accounts that the directory gives to nobody were used, where and how often?
-- logs: true
-- parameters: {}
select
    account,
    account_kind,
    system,
    coalesce(resource_id, resource_name) as resource,
    count(*) as sessions,
    sum(action_count)::bigint as actions,
    min(started_at) as first_at,
    max(started_at) as last_at
from sessions
where engineer_id is null
group by all
order by
    account_kind desc,
    count(*) desc,
    account nulls last,
    system asc,
    resource asc nulls last
