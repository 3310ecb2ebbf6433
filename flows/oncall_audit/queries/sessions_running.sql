-- title: Sessions that ran a command
-- question: In which sessions was a command or an action like this run, by whom and where?
-- logs: true
-- parameters:
--   command: {type: varchar, example: pg_dump,
--     meaning: "A part of the action or of what it was done to, in any case of letters."}
--   since: {type: timestamp, default: null, example: 2026-03-01,
--     meaning: "Run at or after this time."}
--   until: {type: timestamp, default: null, example: 2026-04-01, meaning: "Run before this time."}
with

asked as (
    select
        $command::varchar as command,
        $since::timestamp as since,
        $until::timestamp as until
),

matching as (
    select
        session_actions.session_id,
        min(session_actions.occurred_at) as first_at,
        max(session_actions.occurred_at) as last_at,
        count(*) as times,
        arg_min(
            concat_ws(' ', session_actions.action, session_actions.object),
            session_actions.occurred_at
        ) as first_action
    from session_actions
    cross join asked
    where
        contains(
            lower(concat_ws(' ', session_actions.action, session_actions.object)),
            lower(asked.command)
        )
        and coalesce(session_actions.occurred_at >= asked.since, true)
        and coalesce(session_actions.occurred_at < asked.until, true)
    group by session_actions.session_id
)

select
    matching.first_at,
    matching.last_at,
    matching.times,
    matching.first_action,
    engineers.name,
    sessions.engineer_id,
    sessions.account,
    sessions.system,
    coalesce(sessions.resource_id, sessions.resource_name) as resource,
    sessions.off_policy_seconds,
    matching.session_id
from matching
left outer join sessions on matching.session_id = sessions.session_id
left outer join engineers on sessions.engineer_id = engineers.engineer_id
order by matching.first_at, matching.session_id
