with events as (
    select * from {{ ref('int_teleport__granting') }}
),

people as (
    select * from {{ ref('int_people__named') }}
),

edited as (
    select
        events.system,
        events.rule_name,
        events.user_name as editor,
        people.engineer_id as editor_id,
        events.occurred_at as edited_at
    from events
    left outer join people on {{ account_key('events.user_name') }} = people.name_key
    where events.rule_name is not null and events.event not like '%.delete'
)

select * from edited
