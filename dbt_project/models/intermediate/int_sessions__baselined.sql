{{ kept_until('int_sessions__touched') }}

with measured as (
    select * from {{ ref('int_sessions__measured') }}
),

busy as (
    select *
    from measured
    where
        action_count >= {{ var('volume_min_actions') }}
        and {{ is_touched('cast(started_at as date)') }}
),

settled as (
    select busy.session_id
    from busy
    inner join measured as earlier on {{ is_earlier('busy', 'engineer_id') }}
    group by busy.session_id
    having {{ is_settled('busy.action_count', 'earlier.action_count') }}
),

unsettled as (
    select busy.*
    from busy
    anti join settled on busy.session_id = settled.session_id
),

-- Only what began before counts: the same answer tonight and in a full rebuild.
own as (
    select
        unsettled.session_id,
        {{ volume_baseline('earlier') }}
    from unsettled
    inner join measured as earlier on {{ is_earlier('unsettled', 'engineer_id') }}
    group by unsettled.session_id
),

candidates as (
    select
        unsettled.*,
        coalesce(own.sessions, 0) >= {{ var('volume_min_sessions') }} as has_own
    from unsettled
    left outer join own on unsettled.session_id = own.session_id
    where
        coalesce(own.sessions, 0) < {{ var('volume_min_sessions') }}
        or unsettled.action_count >= {{ var('volume_ratio') }} * own.p95
),

peers as (
    select
        candidates.session_id,
        {{ volume_baseline('earlier') }}
    from candidates
    inner join measured as earlier on {{ is_earlier('candidates', 'team') }}
    group by candidates.session_id
),

usual as (
    select
        'own' as baseline,
        own.*
    from own
    union all
    select
        'peers' as baseline,
        peers.*
    from peers
),

baselined as (
    select
        usual.*,
        cast(candidates.started_at as date) as event_day,
        candidates.action_count,
        candidates.is_new_hire,
        {{ modified_z('candidates.volume', 'usual.median_volume', 'usual.mad_volume') }} as z,
        {{ modified_z('candidates.volume', 'peers.median_volume', 'peers.mad_volume') }} as peer_z
    from usual
    inner join candidates
        on usual.session_id = candidates.session_id
        and (usual.baseline = 'own') = candidates.has_own
    left outer join peers on usual.session_id = peers.session_id
)

select * from baselined
