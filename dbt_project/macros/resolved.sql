{# The events of a model, or those on the days of another, with whose account it was and which resource
   they mean, by what held then. #}
{% macro resolved(model, on_days_of=none) -%}
with events as (
    select * from {{ ref(model) }}
    {%- if on_days_of %}
    where event_day in (select days.event_day from {{ ref(on_days_of) }} as days)
    {%- endif %}
),

accounts as (
    select * from {{ ref('int_accounts__held') }}
),

serving as (
    select * from {{ ref('int_accounts__serving') }}
),

targets as (
    select * from {{ ref('int_targets__resolved') }}
),

resolved as (
    select
        events.*,
        accounts.engineer_id,
        case
            when accounts.account is not null then coalesce(accounts.kind, 'unknown')
            when serving.account is not null then 'service'
            else 'unknown'
        end as account_kind,
        coalesce(named.resource_id, scoped.resource_id) as resource_id,
        case when named.name is null then scoped.service else named.service end as service,
        case when named.name is null then scoped.tier else named.tier end as tier
    from events
    left outer join accounts
        on events.system = accounts.system
        and {{ account_key('events.account') }} = accounts.account
        and events.occurred_at >= accounts.valid_from
        and events.occurred_at < accounts.valid_until
    left outer join serving
        on events.system = serving.system
        and events.account = serving.account
        and {{ is_valid_at('serving', 'events.occurred_at') }}
    left outer join targets as named
        on events.system = named.system
        and events.resource_name = named.name
        and {{ is_valid_at('named', 'events.occurred_at') }}
    left outer join targets as scoped
        on events.system = scoped.system
        and events.resource_scope = scoped.name
        and {{ is_valid_at('scoped', 'events.occurred_at') }}
)

select
    {{ event_columns() }},
    event_day,
    session_id,
    engineer_id,
    account_kind,
    resource_id,
    service,
    tier
from resolved
{%- endmacro %}
