with found as (
    select * from {{ ref('int_findings__gathered') }}
),

precedence as (
    select * from {{ ref('rule_precedence') }}
),

explained as (
    select distinct
        general.row_key,
        general.rule_id,
        specific.row_key as explained_by
    from found as general
    inner join precedence on general.rule_id = precedence.general_rule_id
    inner join found as specific
        on precedence.specific_rule_id = specific.rule_id
        and general.who = specific.who
        and general.started_at <= specific.ended_at
        and general.ended_at >= specific.started_at
    where
        case precedence.about
            when 'session' then general.session_id = specific.session_id
            when 'right'
                then general.target = specific.target and general.permission = specific.permission
            when 'identity' then general.system = specific.system
            when 'person' then true
        end
)

select * from explained
