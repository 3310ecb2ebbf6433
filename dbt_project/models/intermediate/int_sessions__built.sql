{{ kept_by_changes('session_id', 'int_sessions__changed') }}

with sessions as (
    select * from {{ ref('int_sessions__joined') }}
),

run as (
    select max(until) as until from {{ ref('stg_control__run') }}
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

ended as (
    select
        sessions.*,
        greatest(coalesce(sessions.end_at, sessions.last_at), sessions.started_at) as ended_at,
        case
            when sessions.end_at is not null then 'observed'
            when
                sessions.last_at > run.until - case
                    when sessions.is_native then interval '{{ var("open_session_hours") }} hours'
                    else interval '{{ var("session_gap_minutes") }} minutes'
                end
                then 'open'
            else 'inferred'
        end as end_source
    from sessions
    cross join run
)

select
    ended.session_id,
    accounts.engineer_id,
    ended.account,
    case
        when accounts.account is not null then coalesce(accounts.kind, 'unknown')
        when serving.account is not null then 'service'
        else 'unknown'
    end as account_kind,
    ended.system,
    coalesce(named.resource_id, scoped.resource_id) as resource_id,
    coalesce(ended.resource_name, ended.resource_scope) as resource_name,
    case when named.name is null then scoped.service else named.service end as service,
    case when named.name is null then scoped.tier else named.tier end as tier,
    cast(ended.started_at as date) as started_on,
    ended.started_at,
    ended.ended_at,
    ended.end_source,
    epoch(ended.ended_at - ended.started_at) as duration_seconds,
    ended.action_count,
    ended.failure_count,
    ended.success_count,
    ended.source_ip,
    ended.first_event_id,
    ended.raw_file,
    ended.raw_line
from ended
left outer join accounts
    on ended.system = accounts.system
    and {{ account_key('ended.account') }} = accounts.account
    and ended.started_at >= accounts.valid_from
    and ended.started_at < accounts.valid_until
left outer join serving
    on ended.system = serving.system and ended.account = serving.account
    and {{ is_valid_at('serving', 'ended.started_at') }}
left outer join targets as named
    on ended.system = named.system and ended.resource_name = named.name
    and {{ is_valid_at('named', 'ended.started_at') }}
left outer join targets as scoped
    on ended.system = scoped.system and ended.resource_scope = scoped.name
    and {{ is_valid_at('scoped', 'ended.started_at') }}
