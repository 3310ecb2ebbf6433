with measured as (
    select * from {{ ref('int_sessions__measured') }}
),

busy as (
    select *
    from measured
    where action_count >= {{ var('volume_min_actions') }} and not is_new_hire
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
own as (
    select
        busy.session_id,
        {{ volume_baseline('earlier') }}
    from busy
    inner join measured as earlier
        on busy.engineer_id = earlier.engineer_id
        and busy.system = earlier.system
        and busy.is_incident = earlier.is_incident
        and busy.started_at > earlier.started_at
    group by busy.session_id
),

candidates as (
    select
        busy.*,
        coalesce(own.sessions, 0) >= {{ var('volume_min_sessions') }} as has_own
    from busy
    left outer join own on busy.session_id = own.session_id
    where
        coalesce(own.sessions, 0) < {{ var('volume_min_sessions') }}
        or busy.action_count >= {{ var('volume_ratio') }} * own.p95
),

peers as (
    select
        candidates.session_id,
        {{ volume_baseline('earlier') }}
    from candidates
    inner join measured as earlier
        on candidates.team = earlier.team
        and candidates.system = earlier.system
        and candidates.is_incident = earlier.is_incident
        and candidates.started_at > earlier.started_at
    group by candidates.session_id
),

usual as (
    select
        'own' as baseline,
        own.*
    from own
    semi join candidates on own.session_id = candidates.session_id and candidates.has_own
    union all
    select
        'peers' as baseline,
        peers.*
    from peers
    semi join candidates on peers.session_id = candidates.session_id and not candidates.has_own
),

baselined as (
    select
        usual.*,
        candidates.action_count,
        {{ modified_z('candidates.volume', 'usual') }} as z,
        {{ modified_z('candidates.volume', 'peers') }} as peer_z
    from usual
    inner join candidates on usual.session_id = candidates.session_id
    left outer join peers on usual.session_id = peers.session_id
)

select * from baselined
