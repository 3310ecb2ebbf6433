with approved as (
    select * from {{ ref('int_requests__approved') }}
),

teleport as (
    select * from {{ ref('int_teleport__requests') }}
    where approved_at is not null
),

reviewed as (
    select * from {{ ref('int_requests__reviewed') }}
),

edited as (
    select * from {{ ref('int_approval_rules__edited') }}
),

asked as (
    select
        request_id,
        null as system,
        engineer_id,
        requester,
        resource_id,
        permission,
        reason,
        requested_at,
        ended_at,
        null as raw_file,
        null as raw_line
    from approved
    union all
    select
        request_id,
        system,
        engineer_id,
        requester,
        null as resource_id,
        roles as permission,
        reason,
        coalesce(requested_at, approved_at) as requested_at,
        ended_at,
        raw_file,
        raw_line
    from teleport
),

-- Two names of one person are one person, and one name is one person even if nobody knows whose.
judged as (
    select
        asked.*,
        reviewed.reviewer,
        reviewed.is_program,
        coalesce(reviewed.reviewed_at, asked.requested_at) as reviewed_at,
        edited.rule_name,
        edited.edited_at,
        coalesce(asked.engineer_id = reviewed.reviewer_id, false)
        or {{ account_key('asked.requester') }} = {{ account_key('reviewed.reviewer') }} as is_self
    from asked
    inner join reviewed on asked.request_id = reviewed.request_id
    left outer join edited
        on reviewed.is_program
        and (asked.engineer_id = edited.editor_id or asked.requester = edited.editor)
        and coalesce(reviewed.rule_name = edited.rule_name, true)
        and coalesce(reviewed.reviewed_at, asked.requested_at) >= edited.edited_at
        and coalesce(reviewed.reviewed_at, asked.requested_at)
        < edited.edited_at + interval '{{ var("approval_rule_days") }} days'
)

select
    * exclude (reviewer, is_program, reviewed_at, rule_name, edited_at, is_self),
    string_agg(distinct reviewer, ', ' order by reviewer) as reviewers,
    min(reviewed_at) as reviewed_at,
    max(rule_name) as edited_rule,
    max(edited_at) as edited_at,
    bool_or(is_self) as is_self,
    bool_or(not is_self and not is_program) as has_another
from judged
group by all
having bool_or(is_self) or (bool_and(is_program) and count(edited_at) > 0)
