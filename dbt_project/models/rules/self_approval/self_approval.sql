with self_approved as (
    select * from {{ ref('int_requests__self_approved') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

told as (
    select
        self_approved.*,
        coalesce(engineers.name, self_approved.requester) as who,
        coalesce(self_approved.permission, 'access') as wanted,
        coalesce(self_approved.resource_id, self_approved.system, 'a resource') as target
    from self_approved
    left outer join engineers on self_approved.engineer_id = engineers.engineer_id
),

-- With another person's approval the request was not their own doing alone.
findings as (
    select
        'self_approval' as rule_id,
        case when is_self and has_another then 'medium' end as severity,
        engineer_id,
        requester as account,
        system,
        resource_id,
        null as resource_name,
        permission,
        null as service,
        null as session_id,
        reviewed_at as started_at,
        greatest(reviewed_at, coalesce(ended_at, reviewed_at)) as ended_at,
        1.0 as score,
        who || ' asked for ' || wanted || ' on ' || target || ' (request ' || request_id || ')'
        || case
            when is_self and has_another
                then ' and approved it too, beside others: ' || reviewers || '.'
            when is_self
                then
                    ' and approved it: ' || reviewers || ' is the same person, and nobody else '
                    || 'approved it.'
            else
                ', and only a program approved it (' || reviewers || ') by the rule '
                || edited_rule || ', which they had changed at ' || {{ moment('edited_at') }}
                || ': no other person approved it.'
        end as summary,
        json_object(
            'request_id', request_id,
            'reviewers', reviewers,
            'request_reason', reason,
            'rule', edited_rule,
            'rule_edited_at', edited_at
        ) as evidence,
        raw_file,
        raw_line
    from told
)

select * from findings
