with found as (
    select * from {{ ref('int_findings__gathered') }}
    where rule_id in {{ statistical_rule_ids() }}
),

engineers as (
    select * from {{ ref('int_engineers__dated') }}
),

peers as (
    select
        team,
        count(distinct engineer_id) as peers
    from engineers
    where valid_until is null
    group by team
),

-- The scores of different rules do not compare: the strongest of each come first.
ranked as (
    select
        *,
        row_number() over (
            partition by rule_id order by score desc nulls last, row_key asc
        ) as rule_rank
    from found
),

anomalies as (
    select
        sha256(ranked.rule_id || '|' || coalesce(ranked.session_id, ranked.row_key)) as anomaly_id,
        ranked.rule_id,
        ranked.engineer_id,
        ranked.session_id,
        ranked.started_at,
        ranked.score,
        row_number() over (
            order by ranked.rule_rank asc, ranked.score desc nulls last, ranked.row_key asc
        ) as rank,
        ranked.rule_rank,
        engineers.team as peer_group,
        coalesce(peers.peers, 0) as peers,
        cast(ranked.evidence as varchar) as baseline,
        ranked.summary as explanation
    from ranked
    left outer join engineers
        on ranked.engineer_id = engineers.engineer_id
        and {{ is_valid_at('engineers', 'ranked.started_at') }}
    left outer join peers on engineers.team = peers.team
)

select * from anomalies
